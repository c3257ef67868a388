/** @file How file systems say that they fail, whatever is written to them. */

/** Full, over a quota or a limit, forbidden, or broken. */
const FAILS = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES', 'EPERM', 'EIO'];
/** Not there any more, such as a disk that was taken out, or a server that does not answer. */
const GONE = ['ENOENT', 'ENOTDIR', 'ENODEV', 'ESTALE', 'ENOTCONN', 'ETIMEDOUT', 'EHOSTDOWN'];

const codeOf = (error: unknown): string =>
  (error as Partial<NodeJS.ErrnoException> | undefined)?.code ?? '';

/** Whether an error says that a file system fails, whatever the file is. */
export const isFailingDisk = (error: unknown): boolean => FAILS.includes(codeOf(error));

/** Whether it says that, or that the place of a file that was there a moment ago is gone. */
export const isLostDisk = (error: unknown): boolean =>
  isFailingDisk(error) || GONE.includes(codeOf(error));
