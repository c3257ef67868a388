/** @file How wide a saved AlexNet is: its biases tell. */

import { ALEXNET_WIDTHS } from './alexnet';
import type { AlexNetWidths } from './alexnet';
import type { WeightSource } from './named-weights';

/** The widths of the layers that a source has; the original's where it has none. @throws UserError when it cannot be read */
export async function widthsOf(source: WeightSource): Promise<AlexNetWidths> {
  const widths: Record<string, number> = { ...ALEXNET_WIDTHS };
  for (const layer of Object.keys(ALEXNET_WIDTHS)) {
    const name = `alexnet/${layer}/biases`;
    if (source.names.has(name)) widths[layer] = (await source.read(name)).shape[0] ?? 0;
  }
  return widths as unknown as AlexNetWidths;
}
