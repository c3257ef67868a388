/** @file An error whose message is shown as it is. */

/** Says in plain words what is wrong and what to do. */
export class SaidError extends Error {}
