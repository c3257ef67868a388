/** @file Who may use the API: a token, or nobody but this machine. */

import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UserError } from '../errors';

/** The variable that has the token, where no file does. */
export const TOKEN_VARIABLE = 'IPCGAN_TOKEN';
const SHORTEST = 16;
/** Characters that a header can carry. */
const WELL_FORMED = /^[\x21-\x7e]+$/;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function checkToken(token: string, where: string): string {
  if (token.length >= SHORTEST && WELL_FORMED.test(token)) return token;
  const got = WELL_FORMED.test(token) || token === '' ? `${token.length}` : 'others';
  throw new UserError(
    `${where}: expected a token of at least ${SHORTEST} letters, digits and signs without spaces, got ${got}. Make one: openssl rand -hex 24.`,
  );
}

/**
 * The token, where one is given.
 * @param file its file; null for none
 * @throws UserError for a file that cannot be read, or a token that anybody guesses
 */
export function readToken(
  file: string | null,
  environment: Readonly<Record<string, string | undefined>>,
): string | null {
  if (file === null) {
    const given = environment[TOKEN_VARIABLE];
    return given === undefined ? null : checkToken(given, TOKEN_VARIABLE);
  }
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UserError(
      `--token_file: expected a file with a token, got ${(cause as Error).message}. Make one: openssl rand -hex 24 > ${file}.`,
      { cause },
    );
  }
  return checkToken(text.replace(/\r?\n$/, ''), '--token_file');
}

/** Whether an address, or the name in a Host header, is this machine itself. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** Whether an `Authorization` header has the token; takes as long whichever letter is wrong. */
export function hasToken(header: string | undefined, token: string): boolean {
  const [, given = ''] = /^Bearer +(\S+) *$/i.exec(header ?? '') ?? [];
  return timingSafeEqual(digest(given), digest(token));
}

/** Whether a Host header names this machine: what does not is a page elsewhere that has its name lead here. */
export const isLocalHost = (header: string | undefined): boolean =>
  isLoopback((header ?? '').replace(/:\d+$/, ''));
