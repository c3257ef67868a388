const { availableParallelism } = require('node:os');
const { FULL_TIER } = require('./test/tiers.js');

/** What both tiers share. */
const common = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test', '<rootDir>/packages'],
  // types are checked by tsc; here they are only taken away
  setupFiles: ['<rootDir>/test/support/engine.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: 'tsconfig.test.json', diagnostics: false }] },
  modulePathIgnorePatterns: [
    '<rootDir>/dist',
    '<rootDir>/packages/.*/dist',
    '<rootDir>/demo-output',
  ],
  // a global of jest's sandbox takes microseconds to look up; arithmetic on pixels is many times slower
  sandboxInjectedGlobals: ['Math'],
};
const moduleNameMapper = {
  '^tensorboard-logger-ts$': '<rootDir>/packages/tensorboard-logger-ts/src/index.ts',
};
const full = FULL_TIER.map((place) => `<rootDir>/${place}`);

/** @type {import('jest').Config} */
module.exports = {
  projects: [
    {
      ...common,
      displayName: 'quick',
      testMatch: ['**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...full],
      moduleNameMapper: {
        ...moduleNameMapper,
        '^@tensorflow/': '<rootDir>/test/support/no-engine.ts',
      },
      setupFilesAfterEnv: ['<rootDir>/test/support/no-processes.ts'],
    },
    {
      ...common,
      displayName: 'full',
      testMatch: full.map((place) => (place.endsWith('/') ? `${place}**/*.test.ts` : place)),
      moduleNameMapper,
    },
  ],
  globalSetup: '<rootDir>/test/global-setup.js',
  globalTeardown: '<rootDir>/test/global-teardown.js',
  testSequencer: '<rootDir>/test/slowest-first.js',
  // most tests wait for a process of their own: a worker more than there are cores keeps the cores at work
  maxWorkers: availableParallelism() + 1,
  testTimeout: 300_000,
};
