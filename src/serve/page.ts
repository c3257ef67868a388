/** @file The page's files: found once, so that an address either names one of them or nothing. */

import { createReadStream } from 'node:fs';
import type { ReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { MachineError } from '../errors';
import { sha256OfFile } from '../files/digest';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};
const INDEX = 'index.html';
/** Where the page says what it may load. */
const POLICY = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/;

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  readonly bytes: number;
  /** In quotes. */
  readonly etag: string;
  open(): ReadStream;
}

/** A page. */
export interface Page {
  /** By the path of an address, exactly as it is written: nothing is decoded, and nothing leads elsewhere. */
  readonly files: ReadonlyMap<string, PageFile>;
  /** The page's own content security policy, and that nobody frames it. */
  readonly policy: string;
}

/**
 * Finds the files of a folder that `export --to=web` wrote.
 * @throws MachineError where there is no page in it
 */
export async function openPage(folder: string): Promise<Page> {
  const index = await readFile(path.join(folder, INDEX), 'utf8').catch(() => '');
  const policy = POLICY.exec(index)?.[1];
  if (policy === undefined)
    throw new MachineError(
      `${folder}: expected a page with a content security policy, got none in ${INDEX}. Build it: node scripts/build.mjs.`,
    );
  const files = new Map<string, PageFile>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const name = `/${path.relative(folder, file).split(path.sep).join('/')}`;
    const found: PageFile = {
      type: TYPES[path.extname(name).toLowerCase()] ?? 'application/octet-stream',
      bytes: (await stat(file)).size,
      etag: `"${(await sha256OfFile(file)).slice(0, 32)}"`,
      open: () => createReadStream(file),
    };
    files.set(name, found);
    if (name === `/${INDEX}`) files.set('/', found);
  }
  return { files, policy: `${policy}; frame-ancestors 'none'` };
}
