/** @file The model that `--model` names, or the one that comes with the package. */

import { UserError } from '../errors';
import { SHIPPED, shippedModel } from '../weights/shipped';

/** @throws UserError where none is given and none comes with the package */
export function chosenModel(given: string | null): string {
  const model = given ?? shippedModel('generator');
  if (model !== null) return model;
  throw new UserError(
    `--model: expected a trained model, got nothing, and this copy of ipcgan has no models/${SHIPPED.generator}. Name one: --model=checkpoints/RUN, or the folder of a model.`,
  );
}
