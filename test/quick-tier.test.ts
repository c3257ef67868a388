import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { tf } from '../src/engine/tf';
import { FULL_TIER } from './tiers';

test('a quick test that loads TensorFlow, itself or through a package, fails and is told what to do', async () => {
  const message = /^the quick tier: expected no TensorFlow.*test\/tiers\.js\.$/;
  expect(() => tf.getBackend()).toThrow(message);
  await expect(import('@vladmandic/face-api/dist/face-api.node-gpu.js')).rejects.toThrow(message);
});

test('a quick test that starts a process fails and is told what to do', () => {
  const message = /^the quick tier: expected no process of its own.*test\/tiers\.js\.$/;
  expect(() => spawn('true')).toThrow(message);
  expect(() => execFileSync('true')).toThrow(message);
});

test('every line of the full tier is there', () => {
  const root = path.dirname(__dirname);
  expect(FULL_TIER.length).toBeGreaterThan(10);
  expect(FULL_TIER.filter((place) => !existsSync(path.join(root, place)))).toEqual([]);
});
