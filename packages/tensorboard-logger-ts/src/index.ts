/** @file What the package offers. */

export { crc32c, maskedCrc32c } from './crc32c';
export { readEventFile, truncateEventFiles } from './event-files';
export type { EventValue, LoggedEvent } from './event-files';
export { createEventWriter } from './event-writer';
export type { EventWriter, EventWriterOptions } from './event-writer';
export { readFields } from './protobuf';
export type { Field } from './protobuf';
export type { HparamMetric, HparamValue, PngImage } from './summaries';
