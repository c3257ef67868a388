/** @file Registers the layer classes that our saved networks name, so that a plain `tf.loadLayersModel` opens them. */

import { batchNormalizationClass } from './batch-normalization';
import { changeMaskClass } from './change-mask';
import { gaussianBlurClass } from './gaussian-blur';
import { groupedConv2dClass } from './grouped-conv2d';
import { labelMapsClass } from './label-maps';
import { localResponseNormalizationClass } from './local-response-normalization';
import { locallyConnected2dClass } from './locally-connected-2d';
import { maskBlendClass } from './mask-blend';
import { editStrengthClass, pyramidBlendClass } from './pyramid-blend';
import { shadeBlendClass } from './shade-blend';
import { unitFeaturesClass } from './unit-features';
import { seededDropoutClass } from './seeded-dropout';

/** Registers all of them; safe to call again. */
export function registerLayers(): void {
  batchNormalizationClass();
  changeMaskClass();
  gaussianBlurClass();
  groupedConv2dClass();
  labelMapsClass();
  localResponseNormalizationClass();
  locallyConnected2dClass();
  maskBlendClass();
  editStrengthClass();
  pyramidBlendClass();
  shadeBlendClass();
  unitFeaturesClass();
  seededDropoutClass();
}
