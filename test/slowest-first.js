// The files that take longest start first, so that none of them is left alone at the end.
const Sequencer = require('@jest/test-sequencer').default;

/** In the order in which they start; the rest follows as jest likes. */
const SLOWEST = [
  'e2e/run',
  'e2e/pretrain',
  'e2e/sweep',
  'train/settings-reach',
  'e2e/prepare',
  'e2e/evaluate',
  'e2e/pretrain-workers',
  'e2e/workers',
  'pretrain/settings',
  'eval/evaluate',
  'eval/checkpoints',
  'eval/settings-reach',
  'docs/readme',
  'torture/torture',
  'tensorboard-logger-ts/test/tensorboard',
  'e2e/json',
];

module.exports = class SlowestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const at = SLOWEST.findIndex((name) => path.endsWith(`/${name}.test.ts`));
      return at < 0 ? SLOWEST.length : at;
    };
    // JavaScript's sort keeps the order of equals
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
};
