/** @file Import this before `tf.loadLayersModel`: it registers the layer classes that our saved networks name. */

import { registerKernels } from '../../engine/kernels/register';
import './batch-normalization';
import './grouped-conv2d';
import './label-maps';
import './local-response-normalization';
import './locally-connected-2d';
import './seeded-dropout';

registerKernels();
