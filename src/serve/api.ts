/** @file The API: what each address takes and answers. Requests are checked by it, and openapi.ts describes it. */

import { z } from 'zod';
import { yearsOf } from '../ageing/age-files';
import { FIRST_YEAR } from '../ageing/target-groups';
import { PICTURE_FORMATS } from '../images/picture-header';
import { ANSWER_FORMATS } from './engine';
import type { ModelFacts } from './engine';

/** Content types of pictures that are taken. */
export const PICTURE_TYPES: readonly string[] = PICTURE_FORMATS.map((format) => `image/${format}`);

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Texts that name ages: groups, their numbers, years; separated by commas. */
function agesPattern(groupNames: readonly string[]): RegExp {
  const names = groupNames.map(escaped);
  const numbers = groupNames.map((_, i) => String(i));
  // from FIRST_YEAR to 199
  const years = ['1[1-9]', '[2-9][0-9]', '1[0-9][0-9]'];
  const one = `(?:${[...names, ...numbers, ...years].join('|')})`;
  return new RegExp(`^${one}(?:,${one})*$`);
}

const MOST_AGES_TEXT = 200;
const LARGEST_FACE = 10_000;
const SMALLEST_FACE = 40;

/** What `POST /v1/age` takes behind its address. */
export const ageQuery = ({ groupNames }: ModelFacts) =>
  z.strictObject({
    to: z
      .string()
      .max(MOST_AGES_TEXT)
      .regex(
        agesPattern(groupNames),
        `expected age groups (${groupNames.join(', ')}), their numbers from 0 to ${groupNames.length - 1}, or years from ${FIRST_YEAR} to 199, separated by commas`,
      )
      .optional()
      .meta({
        description:
          'Ages to show everybody at, comma separated: age groups, their numbers from 0, or years; all groups but the youngest when absent.',
        example: groupNames.at(-1),
      }),
    face: z
      .enum(['all', 'centre', 'largest'])
      .default('all')
      .meta({ description: 'Which faces of the photograph.' }),
    min_face: z.coerce
      .number('expected a whole number')
      .int()
      .min(1)
      .max(LARGEST_FACE)
      .default(SMALLEST_FACE)
      .meta({ description: 'Smallest width of a face, in pixels of the photograph.' }),
    format: z.enum(ANSWER_FORMATS).default('json').meta({
      description:
        '`json`: every face alone, at every group; `png`: the photograph with its faces at one group, which `to` names; `sheet`: a table of faces and ages, as PNG.',
    }),
  });

const picture = (what: string) =>
  z.string().meta({ description: `${what}: PNG in base64.`, contentEncoding: 'base64' });
const pixels = (what: string) => z.int().meta({ description: what });

/** An age group of a model. */
const group = z.object({
  group: z.int().min(0).meta({ description: 'Its number, 0 for the youngest.' }),
  name: z.string(),
  first_year: z.int().min(0),
  last_year: z.int().nullable().meta({ description: 'Null for the oldest.' }),
});

export const ageAnswer = z.object({
  width: pixels('Of the photograph, upright.'),
  height: pixels('Of the photograph, upright.'),
  faces: z.array(
    z.object({
      box: z
        .object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() })
        .meta({ description: 'Around the face, in pixels of the photograph.' }),
      score: z.number().min(0).max(1).meta({ description: "The face detector's score." }),
      input: picture('The face as the model saw it'),
      pictures: z.array(
        group.extend({
          image: picture('The face at this age'),
          mask: picture('White where the model changed the face')
            .nullable()
            .meta({ description: 'Null for a model without masks.' }),
        }),
      ),
    }),
  ),
});

export const modelsAnswer = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      image_size: pixels('Height and width of its pictures.'),
      groups: z.array(group),
      has_mask: z.boolean(),
    }),
  ),
});

export const healthAnswer = z.object({ status: z.enum(['ok', 'starting']) });

/** Words for what went wrong, by which a program decides. */
export const ERROR_CODES = [
  'bad_request',
  'unauthorized',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'timeout',
  'too_large',
  'unsupported_type',
  'broken_picture',
  'no_face',
  'face_too_small',
  'too_many_faces',
  'busy',
  'internal',
  'unavailable',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export const errorAnswer = z.object({
  error: z.enum(ERROR_CODES),
  message: z.string().meta({ description: 'What was expected, what came, and what to do.' }),
});

/** The groups of a model as the API has them. */
export const groupsOf = (facts: ModelFacts): z.infer<typeof group>[] =>
  facts.groupNames.map((name, number) => {
    const [first, last] = yearsOf(facts, number);
    return { group: number, name, first_year: first, last_year: last };
  });

/** What an address answers. */
export interface Reply {
  readonly description: string;
  /** By content type; none for a text that needs no description. */
  readonly content: Readonly<Record<string, z.ZodType | null>>;
}

/** An address. */
export interface Operation {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly summary: string;
  /** Whether it asks for the token. */
  readonly isGuarded: boolean;
  readonly query: z.ZodObject | null;
  /** Content types of a body; none for no body. */
  readonly body: readonly string[];
  readonly replies: Readonly<Record<number, Reply>>;
}

const json = (description: string, schema: z.ZodType): Reply => ({
  description,
  content: { 'application/json': schema },
});
const problem = (description: string): Reply => json(description, errorAnswer);
/** Of every address that asks for the token. */
const GUARD: Operation['replies'] = {
  401: problem('The token is missing or wrong.'),
  403: problem('Without a token, the Host header is not of this machine.'),
};

/** All addresses, the page's aside. */
export const operationsOf = (facts: ModelFacts): readonly Operation[] => [
  {
    method: 'POST',
    path: '/v1/age',
    summary: 'Shows the people of a photograph at other ages.',
    isGuarded: true,
    query: ageQuery(facts),
    body: PICTURE_TYPES,
    replies: {
      200: {
        description: 'The faces alone, the photograph, or a sheet.',
        content: { 'application/json': ageAnswer, 'image/png': null },
      },
      400: problem('What stands behind the address is wrong.'),
      ...GUARD,
      408: problem('The body did not arrive in time.'),
      413: problem('The file, or the picture in it, is too large.'),
      415: problem('The body is no picture of the type that it is said to be.'),
      422: problem('The picture is broken, or its faces cannot be aged.'),
      429: problem('Too many requests at a time; Retry-After says when to come again.'),
      500: problem('A bug.'),
      503: problem('It is stopping, or what computes ended; Retry-After says when to come again.'),
    },
  },
  {
    method: 'GET',
    path: '/v1/models',
    summary: 'What the model is, and which ages it shows.',
    isGuarded: true,
    query: null,
    body: [],
    replies: { 200: json('The model.', modelsAnswer), ...GUARD },
  },
  {
    method: 'GET',
    path: '/healthz',
    summary: 'Whether photographs can be aged.',
    isGuarded: false,
    query: null,
    body: [],
    replies: {
      200: json('They can.', healthAnswer),
      503: json('Not yet, or not for a moment.', healthAnswer),
    },
  },
  {
    method: 'GET',
    path: '/metrics',
    summary: 'Counts for Prometheus.',
    isGuarded: true,
    query: null,
    body: [],
    replies: {
      200: { description: 'Text of Prometheus.', content: { 'text/plain': null } },
      ...GUARD,
    },
  },
  {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This description.',
    isGuarded: false,
    query: null,
    body: [],
    replies: { 200: { description: 'OpenAPI 3.1.', content: { 'application/json': null } } },
  },
];
