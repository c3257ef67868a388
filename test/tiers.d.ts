/** @file Types of tiers.js, which jest.config.js reads too. */

/** Folders, with a slash at their end, and files: the tests that are not in the quick tier. */
export const FULL_TIER: readonly string[];
