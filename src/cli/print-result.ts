/** @file Results on stdout: lines for readers, or one JSON object for scripts. */

/**
 * Prints what a verb found.
 * @param isJson whether `--json` was given
 * @param result the object that it prints
 * @param text what it prints otherwise
 */
export const printResult = (isJson: boolean, result: object, text: string): void =>
  void process.stdout.write(`${isJson ? JSON.stringify(result) : text}\n`);
