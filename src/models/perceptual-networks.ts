/** @file The frozen networks that the losses see the generator's pictures through: one trunk, and the outputs that are needed. */

import { tf } from '../engine/tf';
import { ALEXNET_WIDTHS, buildTrunk } from './alexnet';
import type { AlexNetWidths, FeatureLayer } from './alexnet';
import { ageLogits } from './age-classifier';
import { identityFeatures } from './feature-extractor';
import { projections } from './projected-discriminator';

/** Which outputs the losses need. */
export interface PerceptualShape {
  /** φ of the identity loss, or null when its weight is 0. */
  readonly featureLayer: FeatureLayer | null;
  /** Groups of the age loss, or null when its weight is 0. */
  readonly ageGroups: number | null;
  readonly widths?: AlexNetWidths;
  /** Of a second age classifier, where there is one. */
  readonly secondWidths?: AlexNetWidths | null;
}

/** Layers models that share conv1..conv5; each input is [B,227,227,3], RGB 0..255 minus the mean. */
export interface PerceptualNetworks {
  /** Ends at φ: the source's pass does no more than that. */
  readonly identityExtractor: tf.LayersModel | null;
  /** Age logits [B,ageGroups]. */
  readonly ageClassifier: tf.LayersModel | null;
  /** What a projected discriminator looks at: {@link projections}. */
  readonly projector: tf.LayersModel;
  /** Every output that is not null, features before logits, in one pass over the trunk. */
  readonly joint: tf.LayersModel;
  /** Age logits [B,ageGroups] of another classifier, which has a trunk of its own; null where there is none. */
  readonly secondAgeClassifier: tf.LayersModel | null;
}

/** Frees all of them: the joint network has every layer of the others but the second age classifier. */
export function disposePerceptual(perceptual: PerceptualNetworks | null): void {
  perceptual?.joint.dispose();
  perceptual?.secondAgeClassifier?.dispose();
}

/** An age classifier with zero weights, trunk and head: [B,227,227,3], RGB 0..255 minus the mean, to logits [B,ageGroups]. */
export function buildAgeClassifier(ageGroups: number, widths: AlexNetWidths): tf.LayersModel {
  const trunk = buildTrunk(widths);
  return tf.model({
    inputs: trunk.image,
    outputs: ageLogits(trunk, ageGroups, widths),
    name: 'age_classifier',
  });
}

/** Builds them with zero weights, and nothing that no loss needs; null when no loss needs any. */
export function buildPerceptualNetworks({
  featureLayer,
  ageGroups,
  widths = ALEXNET_WIDTHS,
  secondWidths = null,
}: PerceptualShape): PerceptualNetworks | null {
  if (featureLayer === null && ageGroups === null) return null;
  const trunk = buildTrunk(widths);
  const features = featureLayer === null ? null : identityFeatures(trunk, featureLayer, widths);
  const logits = ageGroups === null ? null : ageLogits(trunk, ageGroups, widths);
  const model = (outputs: tf.SymbolicTensor[], name: string): tf.LayersModel =>
    tf.model({ inputs: trunk.image, outputs, name });
  return {
    identityExtractor: features && model([features], 'identity_extractor'),
    ageClassifier: logits && model([logits], 'age_classifier'),
    projector: model(projections(trunk), 'projector'),
    joint: model(
      [features, logits].filter((output) => output !== null),
      'frozen_networks',
    ),
    secondAgeClassifier:
      ageGroups !== null && secondWidths ? buildAgeClassifier(ageGroups, secondWidths) : null,
  };
}
