import { cpSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { resolveConfig } from '../../src/config/load';
import { tf } from '../../src/engine/tf';
import { pretrain } from '../../src/pretrain/loop';
import * as tasks from '../../src/pretrain/task';
import { buildAlexNet, initializeAlexNet } from '../../src/models/alexnet-network';
import { widthsWithHead } from '../../src/models/alexnet';
import { saveModel } from '../../src/weights/saved-model';
import { drawnDataset } from '../support/drawn-dataset';
import { linesOf, metricsOf } from '../support/run-lines';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const newRun = (): string => path.join(newFolder(), 'run');
let data = '';
let trunk = '';
let said: string[] = [];
/** Pictures of each batch in the order in which they were learnt from. */
let given: string[] = [];
/** Batches whose loss is no number. */
let bad: ReadonlySet<string> = new Set();

const { openTask } = tasks;
beforeAll(async () => {
  data = (await drawnDataset(newFolder(), 8)).directory;
  trunk = newFolder();
  const widths = { ...widthsWithHead(4), conv1: 8, conv2: 8, conv3: 8, conv4: 8, conv5: 8 };
  const shape = { widths, hasIdentity: true, descriptor: 128, people: null, ageGroups: null };
  const network = buildAlexNet(shape);
  await initializeAlexNet(network, 5, null);
  await saveModel(network.model, trunk);
});
beforeEach(() => {
  [said, given, bad] = [[], [], new Set()];
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said.push(String(text));
    return true;
  });
  jest.spyOn(tasks, 'openTask').mockImplementation(async (...args) => {
    const task = await openTask(...args);
    return {
      ...task,
      targets: (pictures) => {
        const names = pictures.map(({ name }) => name).join();
        given.push(names);
        const targets = task.targets(pictures);
        if (!bad.has(names) || !targets.classes) return targets;
        const classes = tf.mul(targets.classes, NaN) as tf.Tensor2D;
        targets.classes.dispose();
        return { ...targets, classes };
      },
    };
  });
});
afterEach(() => jest.restoreAllMocks());

const SETTINGS = {
  ...{ task: 'age', trunk: 'finetune', run: 'x', steps: '6', batch_size: '2', head_width: '4' },
  ...{ log_every: '1', eval_every: '3', learning_rate: '0.001', seed: '3' },
} as const;
/** Trains as the command does. */
async function train(run: string, settings: Readonly<Record<string, string>> = {}): Promise<void> {
  const { config } = resolveConfig('pretrain', {
    ...SETTINGS,
    data,
    alexnet_pretrained_model: trunk,
    ...settings,
  });
  // as the command has it, which knows what a resumed run is
  await pretrain({ ...config, resume: settings.resume === undefined ? false : true }, run);
}

const stepsOf = (run: string): unknown[] =>
  metricsOf(run).flatMap(({ step, loss }) => (loss === undefined ? [] : [step]));
const savedIn = (run: string): Buffer[] =>
  ['last/state.bin', 'model/weights.bin'].map((name) => readFileSync(path.join(run, name)));

/** The batches of the first steps, as they come undisturbed; evaluations ask for targets, too, in batches of held-out pictures. */
async function batchesOf(steps: number): Promise<string[]> {
  await train(newRun(), { steps: String(steps), eval_every: '1000' });
  const batches = given.slice(0, steps);
  given = [];
  expect(new Set(batches).size).toBe(steps);
  return batches;
}

test('pretraining that diverges goes back and on with other pictures; one that is killed then and resumed ends as it does', async () => {
  const batches = await batchesOf(9);
  bad = new Set([batches[4]!]);
  const run = newRun();
  await train(run, { on_nan: 'rollback' });
  const learnt = given.filter((names) => batches.includes(names));
  expect(learnt).toEqual([...batches.slice(0, 5), ...batches.slice(5, 8)]);
  const [rollback, ...others] = linesOf(run, 'rollbacks.jsonl');
  expect([rollback, others]).toEqual([{ step: 5, to: 3, pictures: batches[4]!.split(',') }, []]);
  expect(stepsOf(run)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(said.join('')).toMatch(
    /warning: step 5: expected a finite loss, got NaN\. Pictures since losses were last finite: .*\.\n[^]*rollback 1 of 3: goes on at step 3 from .*last, without the 2 batches since/,
  );

  // as a process leaves it that is killed behind its rollback: with what was saved at step 3
  const killed = newRun();
  bad = new Set();
  await train(killed, { steps: '3' });
  cpSync(path.join(run, 'rollbacks.jsonl'), path.join(killed, 'rollbacks.jsonl'));
  given = [];
  await train(killed, { resume: 'true', on_nan: 'rollback' });
  expect(given.filter((names) => batches.includes(names))).toEqual(batches.slice(5, 8));
  expect(savedIn(killed)).toEqual(savedIn(run));
  expect(metricsOf(killed)).toEqual(metricsOf(run));
});

test('it goes back so many times, and not at all without a state or unasked; the error names the pictures', async () => {
  const batches = await batchesOf(9);
  bad = new Set([batches[3]!, batches[4]!, batches[5]!]);
  const twice = newRun();
  await expect(train(twice, { on_nan: 'rollback', max_rollbacks: '2' })).rejects.toThrow(
    /^step 4: .* --on_nan=rollback: expected to go back 2 times at most \(--max_rollbacks\), got one more; .*rollbacks\.jsonl/,
  );
  expect(linesOf(twice, 'rollbacks.jsonl')).toMatchObject([
    { step: 4, to: 3 },
    { step: 4, to: 3 },
  ]);
  const stopping = newRun();
  await expect(train(stopping)).rejects.toThrow(
    `step 4: expected a finite loss, got NaN. Pictures since losses were last finite: ${batches[3]!.replace(',', ', ')}. What was last saved is in ${path.join(stopping, 'last')}: go on from it with --resume --override and a lower --learning_rate; --resume --on_nan=rollback goes on with other pictures.`,
  );
  const early = newRun();
  bad = new Set([batches[1]!]);
  await expect(train(early, { on_nan: 'rollback' })).rejects.toThrow(
    /^step 2: .* Nothing was saved before: .* expected a checkpoint to go back to, got none yet\. A lower --eval_every makes one sooner\.$/,
  );
  for (const run of [stopping, early])
    expect(existsSync(path.join(run, 'rollbacks.jsonl'))).toBe(false);
});
