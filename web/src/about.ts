/** @file What is known of the model. */

import type { Networks } from './networks';
import { create, element } from './status';

/** Shows the card that came with the model. @throws Error where it cannot be loaded */
export async function showCard(): Promise<void> {
  const response = await fetch('model/MODEL.md');
  if (!response.ok) throw new Error(`model/MODEL.md: ${response.status}`);
  element('card').textContent = await response.text();
}

/** Says what the model is, and what computes. */
export function describe({ manifest, backend }: Networks): void {
  const { trained_on: data, step, weights } = manifest;
  const facts: readonly (readonly [string, string])[] = [
    ['Trained on', data ? `${data.faces} faces of ${data.source}` : 'not known'],
    ['Licence', manifest.licence],
    ['Age groups', manifest.age_groups.map(({ name }) => name).join(', ')],
    [
      'Generator',
      `${manifest.generator.kind}, ${manifest.image_size} × ${manifest.image_size} pixels${step === null ? '' : `, ${step} steps of training`}`,
    ],
    ...(weights
      ? [
          [
            'Weights',
            `${weights.type}; a colour differs from that of the trained ones by ${weights.error_max.toFixed(2)} levels of 255 at most`,
          ] as const,
        ]
      : []),
    ['Computed by', backend.said],
  ];
  element('facts').replaceChildren(
    ...facts.flatMap(([name, value]) => [
      create('dt', { textContent: name }),
      create('dd', { textContent: value }),
    ]),
  );
}
