import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expandSweep } from '../../src/sweep/expand';
import { writeExperiment } from '../../src/sweep/tensorboard';
import { definitionOf } from '../support/sweep';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

/** Names of metrics, as they stand in the event file. */
function compared(parts: object): string[] {
  const directory = newFolder();
  const definition = definitionOf(parts);
  writeExperiment({ directory, definition, runs: expandSweep('x.yaml', definition) });
  const text = readFileSync(path.join(directory, readdirSync(directory)[0]!), 'latin1');
  return [
    'held_out_fea_loss',
    'held_out_age_loss',
    'evaluation/overall',
    'evaluation/identity',
  ].filter((name) => text.includes(name));
}

test('the page compares by what every run measures: one that lacks a metric would not be drawn', () => {
  const parameters = { gan_loss_weight: [50, 75] };
  expect(compared({ parameters })).toEqual(['held_out_fea_loss', 'held_out_age_loss']);
  expect(compared({ parameters, base: { age_loss_weight: 0 } })).toEqual(['held_out_fea_loss']);
  expect(compared({ parameters: { fea_loss_weight: [0, 1e-4] } })).toEqual(['held_out_age_loss']);
});

test("the figures of runs' evaluations are found in the directories within the runs'", () => {
  const metric = { name: 'overall', goal: 'maximize' };
  const parts = {
    parameters: { gan_loss_weight: [50, 75] },
    base: { data: 'd' },
    metric,
    evaluation: {},
  };
  expect(compared(parts)).toEqual([
    'held_out_fea_loss',
    'held_out_age_loss',
    'evaluation/overall',
    'evaluation/identity',
  ]);
});
