/** @file The gradient of `CropAndResize` with respect to the pictures, by TensorFlow's own op: TensorFlow.js has none. */

import { tf } from '../tf';
import { runNativeSingle } from './native';

/** Registers it, for bilinear interpolation. Boxes are taken as given. */
export function registerCropGradient(): void {
  tf.registerGradient({
    kernelName: 'CropAndResize',
    inputsToSave: ['image', 'boxes', 'boxInd'],
    gradFunc: (dy, saved, attrs) => {
      const [image, boxes, boxInd] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const method = attrs.method as unknown as string;
      const refuse = (): tf.Tensor => {
        throw new Error('CropAndResize: expected boxes as given numbers, got a gradient of them');
      };
      if (method !== 'bilinear')
        throw new Error(`CropAndResize: expected bilinear interpolation, got ${method}`);
      return {
        image: () =>
          runNativeSingle(
            'CropAndResizeGradImage',
            [dy as tf.Tensor, boxes, boxInd, tf.tensor1d(image.shape, 'int32')],
            { T: { type: 'float32' }, method: { string: 'bilinear' } },
          ),
        boxes: refuse,
        boxInd: refuse,
      };
    },
  });
}
