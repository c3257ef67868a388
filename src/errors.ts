/** @file The errors that end a command with one line and a known exit code. */

/** An error whose message is meant for the user: `<where>: expected <what>, got <value>. <what to do>`. */
export class IpcganError extends Error {
  constructor(
    message: string,
    /** What the process exits with. */
    readonly exitCode: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The user's error: a flag, a config key, a path or a file that is not what it should be. Exit code 1. */
export class UserError extends IpcganError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 1, options);
  }
}

/** The machine's error: disk, network, engine, a missing compiler. Exit code 3. */
export class MachineError extends IpcganError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 3, options);
  }
}

/** Training produced a non-finite loss. Exit code 4. */
export class DivergedError extends IpcganError {
  constructor(
    message: string,
    /** The message without what to do. */
    readonly found: string = message,
    options?: ErrorOptions,
  ) {
    super(message, 4, options);
  }
}
