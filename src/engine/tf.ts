/** @file The only importer of `@tensorflow/*`: the TensorFlow.js that every other file uses. */

import './environment';
import * as tf from '@tensorflow/tfjs-node-gpu';

export { tf };
