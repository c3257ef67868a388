/** @file Settings of `serve`. */

import { z } from 'zod';
import { integerKey, numberKey, optionalTextKey, switchKey, textKey } from '../key';
import type { Condition } from '../key';
import { config, device, json, PRETRAINED, RUN } from './common';

const NETWORK = 'Network';
const LIMITS = 'Limits';
const WITH_API: Condition = { settings: { api: [true] } };
const LAST_PORT = 65_535;

export const serveKeys = {
  config,
  model: optionalTextKey({
    group: PRETRAINED,
    description:
      "A model's folder, a run, or one checkpoint; the model that comes with the package when not given.",
  }),
  host: textKey('127.0.0.1', {
    group: NETWORK,
    description:
      'Address to listen at; with another than this machine (127.0.0.1, ::1, localhost) the API needs a token.',
  }),
  port: z
    .number()
    .int()
    .min(0)
    .max(LAST_PORT)
    .default(8080)
    .meta({
      group: NETWORK,
      description: 'Port to listen at; 0 is any free one, which is printed.',
      expected: `a whole number from 0 to ${LAST_PORT}`,
    }),
  api: switchKey({
    group: NETWORK,
    description:
      'Age the photographs that programs send, too, and say what happens here: /v1/age, /v1/models, /metrics, /openapi.json.',
  }),
  token_file: optionalTextKey({
    group: NETWORK,
    description:
      'File with the token that the API asks for; the environment variable IPCGAN_TOKEN when not given. It is never an argument, which everybody on the machine can read.',
    usedWith: [WITH_API],
  }),
  max_body_mb: numberKey(20, {
    group: LIMITS,
    above: 0,
    description: 'Largest file that is taken, in MB.',
    usedWith: [WITH_API],
  }),
  max_megapixels: numberKey(25, {
    group: LIMITS,
    above: 0,
    description:
      'Largest picture that is decoded, in millions of pixels; its header is read before.',
    usedWith: [WITH_API],
  }),
  max_faces: integerKey(20, {
    group: LIMITS,
    from: 1,
    description: 'Most faces of a photograph; one with more is refused before any is aged.',
    usedWith: [WITH_API],
  }),
  queue: integerKey(32, {
    group: LIMITS,
    from: 1,
    description:
      'Requests that may be sent, wait or be worked on at a time; the next gets 429 and is told when to come again.',
    usedWith: [WITH_API],
  }),
  batch: integerKey(8, {
    group: LIMITS,
    from: 1,
    description: 'Most waiting requests that are computed together.',
    usedWith: [WITH_API],
  }),
  body_seconds: numberKey(15, {
    group: LIMITS,
    above: 0,
    description: 'How long a request may take to arrive, in seconds.',
    usedWith: [WITH_API],
  }),
  answer_seconds: numberKey(120, {
    group: LIMITS,
    above: 0,
    description: 'How long a request may wait and be worked on after that, in seconds.',
    usedWith: [WITH_API],
  }),
  json: json.meta({
    group: RUN,
    description: 'Print one JSON object with the address, instead of a line, once it listens.',
    expected: 'true or false',
  }),
  device,
};
