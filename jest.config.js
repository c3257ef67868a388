const { availableParallelism } = require('node:os');

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test', '<rootDir>/packages'],
  testMatch: ['**/*.test.ts'],
  // types are checked by tsc; here they are only taken away
  setupFiles: ['<rootDir>/test/support/engine.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: 'tsconfig.test.json', diagnostics: false }] },
  moduleNameMapper: {
    '^tensorboard-logger-ts$': '<rootDir>/packages/tensorboard-logger-ts/src/index.ts',
  },
  modulePathIgnorePatterns: [
    '<rootDir>/dist',
    '<rootDir>/packages/.*/dist',
    '<rootDir>/demo-output',
  ],
  // a global of jest's sandbox takes microseconds to look up; arithmetic on pixels is many times slower
  sandboxInjectedGlobals: ['Math'],
  // most tests wait for a process of their own, which is busy with loading for a second: two cores are best used by two workers
  maxWorkers: Math.max(2, availableParallelism() - 1),
  testTimeout: 300_000,
};
