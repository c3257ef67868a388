// @ts-check
// A loss term of one's own: a generated picture keeps the mean colour of its source.
//   node docs/examples/own-loss.mjs DATA RUN
import { MEAN_RGB, openTrainer, tf } from 'ipcgan';

/** @type {import('ipcgan').LossTerm} */
const colourTerm = {
  name: 'colour',
  weight: 0.01,
  description: 'Weight of the squared difference of mean colours, in grey levels.',
  // it computes the same at every step, from nothing but the batch: the step may become one TensorFlow function
  isPure: true,
  // the name of its value in metrics.jsonl, TensorBoard and on the console is colour_loss
  compute: ({ fake, source }) =>
    tf.tidy(() => {
      const levels = tf.add(tf.mul(fake, 127.5), 127.5); // [B,S,S,3] in 0..255
      const wanted = tf.add(source, tf.tensor1d([...MEAN_RGB])); // the source as it was before the mean was taken off
      const difference = tf.sub(tf.mean(levels, [1, 2]), tf.mean(wanted, [1, 2])); // [B,3]
      return tf.mean(tf.square(difference)).asScalar();
    }),
};

const [data = 'datasets/faces', run = 'checkpoints/own-loss'] = process.argv.slice(2);
const trainer = await openTrainer(
  {
    data,
    checkpoint_dir: run,
    image_size: 32,
    width: 0.25,
    batch_size: 4,
    fea_loss_weight: 0, // these two need pretrained networks
    age_loss_weight: 0,
  },
  { terms: [colourTerm] },
);
while (trainer.step < 3) {
  const { d_loss, g_loss, colour_loss } = await trainer.trainStep();
  console.log(`step ${trainer.step}`, { d_loss, g_loss, colour_loss });
}
console.log(`saved ${await trainer.save()}`);
await trainer.close();
