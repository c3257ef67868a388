/** @file What must be the same, byte for byte, in a run that was tortured and one that ran through. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What differs by the clock, or by how a run was started: it is no result. */
const NO_RESULT =
  /^(?:events\.out\.|environment\.json$|overrides\.jsonl$|lock$|report\.html$|logs$|state$|plan\.json$|sweep\.json$|experiment$)/;

/** Files below a folder by their path, without those that are no result; a name with a dot in front is a leftover, and counts. */
function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((name) => !name.split(path.sep).some((part) => NO_RESULT.test(part)))
    .sort();
}

/** A file's bytes; of metrics, without the one field that depends on the clock; of settings and of a card, without the name of the run. */
function contentOf(file: string): string {
  const bytes = readFileSync(file);
  const name = path.basename(file);
  if (name === 'metrics.jsonl')
    return bytes.toString('utf8').replace(/"images_per_second":[\d.e+-]+/g, '');
  if (name === 'config.json')
    return bytes.toString('utf8').replace(/"(?:run|checkpoint_dir|out)": ?"[^"]*",?/g, '');
  // its title is the name of the run
  if (name === 'MODEL.md') return bytes.toString('utf8').replace(/^# .*/, '');
  return bytes.toString('latin1');
}

const CHECKPOINT = /^acgan\.model-(\d+)$/;

/** The step of the newest checkpoint of a run; -1 without any. */
function newestStep(run: string): number {
  const steps = (existsSync(run) ? readdirSync(run) : []).map((name) =>
    Number(CHECKPOINT.exec(name)?.[1] ?? -1),
  );
  return Math.max(-1, ...steps);
}

/**
 * Names of results that are not the same in two folders. Of checkpoints before the newest, what both have is compared: a signal asks for
 * one more, and how many there are decides which are thinned to the generator.
 */
export function differences(whole: string, tortured: string): string[] {
  const newest = newestStep(whole);
  const isOlder = (name: string): boolean =>
    Number(CHECKPOINT.exec(name.split(path.sep)[0] ?? '')?.[1] ?? newest) < newest;
  const names = new Set([...filesBelow(whole), ...filesBelow(tortured)]);
  return [...names].filter((name) => {
    const a = path.join(whole, name);
    const b = path.join(tortured, name);
    if (!existsSync(a) || !existsSync(b)) return !isOlder(name);
    return contentOf(a) !== contentOf(b);
  });
}
