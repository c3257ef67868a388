/** @file Exports as the command does, in this process. */

import { runExport } from '../../src/cli/export';
import { resolveConfig } from '../../src/config/load';
import { openEngine } from '../../src/engine/open-engine';

/** Catches what the tests of a file print. @returns what exports, and gives what the command prints, as JSON */
export function catchExports(): (settings: Readonly<Record<string, string>>) => Promise<unknown> {
  let said: string[] = [];
  beforeEach(async () => {
    said = [];
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
    await openEngine();
  });
  afterEach(() => jest.restoreAllMocks());
  return async (settings) => {
    expect(await runExport(resolveConfig('export', { json: true, ...settings }))).toBe(0);
    return JSON.parse(said.pop() ?? '') as unknown;
  };
}
