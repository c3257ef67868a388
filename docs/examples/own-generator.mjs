// @ts-check
// A generator of one's own: it draws only what changes, and adds it to the face.
//   node docs/examples/own-generator.mjs DATA RUN PHOTOGRAPH
import { encodePng, labelMaps, openAger, openTrainer, tf } from 'ipcgan';
import { writeFileSync } from 'node:fs';

/** @type {import('ipcgan').GeneratorRecord} */
const changeGenerator = {
  kind: 'change',
  description: 'draws what changes, and adds it to the face',
  channels: 32, // after the first convolution at --width=1
  build: ({ imageSize, ageGroups, channels, labelScale = 1 }) => {
    const source = tf.input({ shape: [imageSize, imageSize, 3] }); // RGB 0..255 minus the mean
    const label = tf.input({ shape: [ageGroups] });
    /** @param {tf.SymbolicTensor} x @param {string} name @param {number} filters @param {'relu' | 'tanh'} activation */
    const convolution = (x, name, filters, activation) =>
      /** @type {tf.SymbolicTensor} */ (
        tf.layers
          .conv2d({
            name: `generator/${name}`,
            filters,
            activation,
            kernelSize: 5,
            padding: 'same',
          })
          .apply(x)
      );
    const maps = labelMaps({ name: 'generator/label_maps', scale: labelScale });
    let x = /** @type {tf.SymbolicTensor} */ (maps.apply([source, label])); // [B,S,S,3+K]
    x = convolution(x, 'conv1', channels, 'relu');
    x = convolution(x, 'conv2', channels, 'relu');
    const change = convolution(x, 'conv3', 3, 'tanh');
    const face = tf.layers.rescaling({ scale: 1 / 127.5, offset: -0.1 }).apply(source); // nearly -1..1
    const outputs = /** @type {tf.SymbolicTensor} */ (
      tf.layers.add().apply([/** @type {tf.SymbolicTensor} */ (face), change])
    );
    return tf.model({ inputs: [source, label], outputs, name: 'generator' });
  },
  fold: (generator) => generator, // nothing to fold: it has no batch norm
};

const [data = 'datasets/faces', run = 'checkpoints/own-generator', photograph = 'me.jpg'] =
  process.argv.slice(2);
const losses = { fea_loss_weight: 0, age_loss_weight: 0 }; // these two need pretrained networks
const trainer = await openTrainer(
  { data, checkpoint_dir: run, image_size: 32, width: 0.25, batch_size: 4, ...losses },
  { generator: changeGenerator },
);
for (let step = 0; step < 3; step++) console.log(await trainer.trainStep());
await trainer.save();
await trainer.close();

// the folder says what kind it is; the kind itself is this program's
const ager = await openAger(run, { kinds: [changeGenerator] });
const [face] = await ager.age(photograph, { groups: [4], face: 'largest' });
if (face?.pictures[0]) writeFileSync(`${run}/older.png`, await encodePng(face.pictures[0].image));
ager.dispose();
