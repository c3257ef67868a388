/** @file What the package offers. */

export { crc32c, maskedCrc32c } from './crc32c';
export { readFields } from './protobuf';
export type { Field } from './protobuf';
