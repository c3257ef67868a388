import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import type { EventWriter } from 'tensorboard-logger-ts';
import { createMetricLogger } from '../../src/runs/metric-logger';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

test('what cannot be written is kept, and written in its order as soon as it can be', () => {
  const file = path.join(newFolder(), 'metrics.jsonl');
  const scalars: string[] = [];
  let isBroken = false;
  const scalar = (name: string, value: number, step: number): void => {
    if (isBroken) throw new Error('no TensorBoard');
    scalars.push(`${step} ${name} ${value}`);
  };
  const logger = createMetricLogger(file, { scalar } as unknown as EventWriter);
  // a folder of that name cannot be appended to
  mkdirSync(file);
  expect(() => logger.log({ step: 1, a: 1, off: null })).toThrow('EISDIR');
  logger.add({ step: 2, a: 2 });
  rmdirSync(file);
  isBroken = true;
  expect(logger.flush).toThrow('no TensorBoard');
  isBroken = false;
  logger.log({ step: 3, a: 3 });
  logger.flush();
  expect(readFileSync(file, 'utf8')).toBe(
    '{"step":1,"a":1,"off":null}\n{"step":2,"a":2}\n{"step":3,"a":3}\n',
  );
  expect(scalars).toEqual(['1 a 1', '2 a 2', '3 a 3']);
});
