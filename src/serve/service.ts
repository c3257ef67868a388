/** @file The service: the engine's process, the page in a temporary folder, and the server before them. */

import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { AddressInfo } from 'node:net';
import type { Device } from '../engine/install/versions';
import { UserError } from '../errors';
import { temporaryIn } from '../files/temporary';
import type { Limits } from './age-route';
import { startEngine, writePage } from './engine-process';
import { openPage } from './page';
import { createServer } from './server';
import type { ServerParts } from './server';
import { isLoopback, TOKEN_VARIABLE } from './token';

/** How it is started. */
export interface ServiceSettings {
  /** A model's folder, a run, or a checkpoint. */
  readonly model: string;
  readonly device: Device;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly api: boolean;
  /** Asked for by the API; null for none. */
  readonly token: string | null;
  readonly limits: Limits;
  readonly log: (line: string) => void;
}

/** A service that listens. */
export interface Service {
  /** As `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Photographs that are not answered yet. */
  open(): number;
  /** Stops listening, finishes what was sent, and frees everything. */
  stop(): Promise<void>;
}

const NOT_LISTENING: Readonly<Record<string, string>> = {
  EADDRINUSE: '--port: expected a free port',
  EADDRNOTAVAIL: '--host: expected an address of this machine',
  ENOTFOUND: '--host: expected an address of this machine',
  EAI_AGAIN: '--host: expected an address of this machine',
};

/** @throws UserError where the API would be open to everybody */
export function checkAccess({
  host,
  api,
  token,
}: Pick<ServiceSettings, 'host' | 'api' | 'token'>): void {
  if (api && token === null && !isLoopback(host))
    throw new UserError(
      `--host: expected this machine (127.0.0.1) for an API without a token, got ${host}, where others may ask. Make one: openssl rand -hex 24 > token, and --token_file=token; or set ${TOKEN_VARIABLE}.`,
    );
}

/** Listens. @returns the address @throws UserError for one that cannot be had */
async function listen({ app }: ReturnType<typeof createServer>, host: string, port: number) {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const expected = NOT_LISTENING[code];
    if (expected === undefined) throw cause;
    throw new UserError(
      `${expected}, got ${host}:${port} (${message}). Choose another, or 0 for any free port.`,
      { cause },
    );
  }
  const { port: actual } = app.server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actual}`;
}

/**
 * Opens the model in a process of its own, writes the page to a temporary folder, and listens.
 * @throws UserError for a wrong model, address or access; MachineError
 */
export async function startService(settings: ServiceSettings): Promise<Service> {
  checkAccess(settings);
  const { model, device, host, port, api, token, limits, log } = settings;
  const folder = temporaryIn(tmpdir());
  const opening = { model, device, page: folder, mostFaces: limits.faces };
  const frees: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const free = async (): Promise<void> => {
    for (const one of frees.splice(0).reverse()) await one();
  };
  try {
    let served: ServerParts['api'] = null;
    if (api) {
      const engine = await startEngine({
        ...opening,
        ages: true,
        patience: limits.answer,
        say: log,
      });
      frees.push(() => engine.stop());
      served = { engine, token };
    } else await writePage({ ...opening, ages: false });
    const server = createServer({ page: await openPage(folder), api: served, limits, log });
    frees.push(() => server.close());
    const url = await listen(server, host, port);
    return { url, open: () => server.open(), stop: free };
  } catch (error) {
    await free();
    throw error;
  }
}
