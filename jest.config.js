/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testMatch: ['**/tests/**/*.test.ts', '<rootDir>/dev/journeys/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.dev/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  globalSetup: '<rootDir>/platform/testing/global-setup.js',
  globalTeardown: '<rootDir>/platform/testing/global-teardown.js',
  reporters: ['default', '<rootDir>/platform/testing/count-reporter.js'],
  maxWorkers: 2,
  testTimeout: 240_000,
  coverageProvider: 'v8',
};
