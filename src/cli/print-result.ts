/** @file What a verb says: its result on stdout, for readers or for scripts, and everything else on stderr. */

/**
 * Prints what a verb found.
 * @param isJson whether `--json` was given
 * @param result the object that it prints
 * @param text what it prints otherwise
 */
export const printResult = (isJson: boolean, result: object, text: string): void =>
  void process.stdout.write(`${isJson ? JSON.stringify(result) : text}\n`);

/** Prints a line on stderr. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`);
