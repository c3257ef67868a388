/** @file Closes a connection whose other side may still be sending, so that it can read what was answered. */

import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** How long what still comes is read and dropped. */
export interface Lingering {
  readonly milliseconds: number;
  readonly bytes: number;
}

const LOOK_EVERY = 50;

/**
 * Connections of a server that were answered and are not closed yet. A system that closes a connection with unread bytes resets it, and
 * the other side then loses the answer, read or not (RFC 9112, 9.6). So only our half is closed at first: what comes after that is dropped,
 * until the request is there to its end, the other side closes, or the limits are reached.
 */
export class LingeringConnections {
  readonly #limits: Lingering;
  readonly #lingering = new WeakSet<Socket>();

  /** @param limits for requests that are refused before they are there to their end */
  constructor(server: Server, limits: Lingering) {
    this.#limits = limits;
    const last = new WeakMap<Socket, IncomingMessage>();
    server.prependListener('request', (request) => last.set(request.socket, request));
    server.on('connection', (socket: Socket) => {
      const destroySoon = socket.destroySoon.bind(socket);
      // what Node calls when the last answer of a connection is written
      socket.destroySoon = () => {
        const request = last.get(socket);
        if (request === undefined || request.complete) {
          destroySoon();
          return;
        }
        request.resume();
        socket.end();
        this.#close(socket, () => request.complete, limits.milliseconds);
      };
    });
  }

  /** Whether it was answered, and closes by itself. */
  has(socket: Socket): boolean {
    return this.#lingering.has(socket);
  }

  /** Writes the last bytes to a connection whose request is not understood, or late, and closes it. */
  end(socket: Socket, bytes: string, milliseconds: number): void {
    socket.end(bytes);
    this.#close(socket, () => false, milliseconds);
  }

  #close(socket: Socket, isOver: () => boolean, milliseconds: number): void {
    this.#lingering.add(socket);
    const most = socket.bytesRead + this.#limits.bytes;
    const last = performance.now() + milliseconds;
    const timer = setInterval(() => {
      if (isOver() || socket.bytesRead > most || performance.now() > last) socket.destroy();
    }, LOOK_EVERY);
    socket.once('close', () => clearInterval(timer));
  }
}
