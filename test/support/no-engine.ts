/** @file Stands for every package of TensorFlow.js in the quick tier. */

throw new Error(
  'the quick tier: expected no TensorFlow, got an import of it. A test that needs it is named in test/tiers.js.',
);
