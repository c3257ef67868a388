/** @file The description of the API in OpenAPI 3.1, from the schemas that check it. */

import { z } from 'zod';
import { packageVersion } from '../files/package-version';
import type { Operation, Reply } from './api';

type Json = Readonly<Record<string, unknown>>;

/** A JSON schema without what only a document of its own needs. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const described: Record<string, unknown> = { ...z.toJSONSchema(schema, { io }) };
  delete described.$schema;
  return described;
}

/** A text of which nothing more is said. */
const contentOf = (type: string): Json =>
  type.startsWith('image/') || type === 'text/plain'
    ? {}
    : { schema: { type: 'object', additionalProperties: true } };

const replyOf = ({ description, content }: Reply): Json => ({
  description,
  content: Object.fromEntries(
    Object.entries(content).map(([type, schema]) => [
      type,
      schema ? { schema: schemaOf(schema, 'output') } : contentOf(type),
    ]),
  ),
});

function parametersOf(query: z.ZodObject | null): Json[] {
  if (query === null) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: 'input' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, example, ...schema } = property as Record<string, unknown>;
    return {
      name,
      in: 'query',
      required: required.includes(name),
      description,
      ...(example === undefined ? {} : { example }),
      schema,
    };
  });
}

const operationOf = (operation: Operation, hasToken: boolean): Json => ({
  summary: operation.summary,
  operationId: `${operation.method.toLowerCase()}${operation.path.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
  parameters: parametersOf(operation.query),
  ...(operation.body.length > 0
    ? {
        requestBody: {
          required: true,
          content: Object.fromEntries(operation.body.map((type) => [type, {}])),
        },
      }
    : {}),
  responses: Object.fromEntries(
    Object.entries(operation.replies).map(([status, reply]) => [status, replyOf(reply)]),
  ),
  ...(operation.isGuarded && hasToken ? { security: [{ token: [] }] } : {}),
});

/** The document. @param hasToken whether the API asks for one */
export function describeApi(operations: readonly Operation[], hasToken: boolean): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations)
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: operationOf(operation, hasToken),
    };
  return {
    openapi: '3.1.0',
    info: {
      title: 'ipcgan',
      version: packageVersion(),
      description: 'Shows the people of photographs at other ages.',
    },
    paths,
    ...(hasToken
      ? { components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } } }
      : {}),
  };
}
