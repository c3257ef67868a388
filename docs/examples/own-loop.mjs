// @ts-check
// A training loop of one's own, in the paper's order, with a learning rate for each network.
//   node docs/examples/own-loop.mjs DATA RUN
import { discriminatorGradients, forwardGenerator, openTrainer, pictureGradient, tf } from 'ipcgan';

const [data = 'datasets/faces', run = 'checkpoints/own-loop'] = process.argv.slice(2);
const losses = { fea_loss_weight: 0, age_loss_weight: 0 }; // these two need pretrained networks
const trainer = await openTrainer({
  ...{ data, checkpoint_dir: run, image_size: 32, width: 0.25, batch_size: 4 },
  ...losses,
});
const { networks, optimizers, settings } = trainer;

while (trainer.step < 3) {
  const { input, finish } = await trainer.nextBatch();

  // fake = G(source, label), recorded so that it can be run backwards
  const pass = forwardGenerator(networks.generator, input, 1);

  // D's gradients, applied; several machines would average them in between
  const ofD = discriminatorGradients(networks, input, pass.fake, settings.terms);
  tf.dispose(optimizers.discriminator.apply(ofD.gradients, 4e-4) ?? []);

  // the gradient of G's loss with respect to the picture, from there G's, applied
  const ofPicture = pictureGradient(networks, input, pass.fake, settings.terms);
  const ofG = pass.backward(ofPicture.gradient);
  tf.dispose(optimizers.generator.apply(ofG, 1e-4) ?? []);

  const [d, g] = [await ofD.values.loss.data(), await ofPicture.values['gan']?.data()];
  tf.dispose([ofD.gradients, { ...ofD.values }, ofPicture.gradient, ofG]);
  for (const value of Object.values(ofPicture.values)) value?.dispose();
  finish();
  console.log(`step ${trainer.step}: D ${d[0]?.toFixed(4)}, G ${g?.[0]?.toFixed(4)}`);
}
console.log(`saved ${await trainer.save()}; ${tf.memory().numTensors} tensors while open`);
await trainer.close();
console.log(`${tf.memory().numTensors} tensors after`);
