// The tests that need more than Node and sharp. All others are the quick tier, `npm run test:quick`: there, loading TensorFlow or starting a
// process is an error (test/support/no-engine.ts, no-processes.ts). A line is a folder, with a slash at its end, or a file.
exports.FULL_TIER = [
  // the built command, in processes of its own
  'test/docs/',
  'test/e2e/',
  // TensorFlow, and the networks that find and judge faces
  'test/ageing/',
  'test/cli/',
  'test/engine/',
  'test/export/',
  'test/data/teacher-descriptors.test.ts',
  'test/eval/checkpoints.test.ts',
  'test/eval/deepface.test.ts',
  'test/eval/evaluate.test.ts',
  'test/eval/settings-reach.test.ts',
  'test/eval/verify-faces.test.ts',
  'test/faces/alignment.test.ts',
  'test/faces/face-box.test.ts',
  'test/losses/',
  'test/models/',
  'test/optimizers/',
  'test/parity/verify.test.ts',
  'test/pretrain/',
  'test/serve/age-batch.test.ts',
  'test/train/',
  'test/weights/caffe-arrays.test.ts',
  'test/weights/weight-source.test.ts',
  // processes: owners of locks, runs of sweeps, one that is killed, Python
  'test/files/directory-lock.test.ts',
  'test/files/durable-write.test.ts',
  'test/sweep/local.test.ts',
  'test/sweep/retries.test.ts',
  'test/sweep/slurm-arrays.test.ts',
  'test/sweep/slurm-task.test.ts',
  'packages/tensorboard-logger-ts/test/killed.test.ts',
  'packages/tensorboard-logger-ts/test/tensorboard.test.ts',
];
