// Subject: docs/api.md
/** Checks that docs/api.md has one row for each route, with its scope and parameters. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { routes } from '../../ingest-gateway/api/routes/index.ts';

test('docs/api.md and the list of routes agree', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/api.md'), 'utf8');
  const rows = text.split('\n').filter((line) => /^\| `(?:GET|POST|PUT|DELETE)/.test(line));
  const documented = rows.map((row) => {
    const [, call = '', scope = '', parameters = ''] = row.split('|').map((cell) => cell.trim());
    return `${call.replaceAll('`', '')} | ${scope} | ${parameters.replaceAll(/[`\\]/g, '')}`;
  });
  const listed = routes.map(({ methods, path, scope, parameters }) => {
    const names = Object.entries(parameters.shape).map(([name, schema]) => (isRepeatable(schema) ? `${name}*` : name));
    return { row: `${methods.join(', ')} ${path} | ${scope ?? 'none'} |`, names };
  });
  expect(documented).toHaveLength(routes.length);
  for (const [index, { row, names }] of listed.entries()) {
    const found = documented[index] ?? '';
    expect(found.startsWith(row)).toBe(true);
    expect(
      found
        .slice(row.length)
        .trim()
        .split(', ')
        .filter((name) => name !== '')
        .sort(),
    ).toEqual([...names].sort());
  }
});

function isRepeatable(schema: z.ZodType): boolean {
  return schema instanceof z.ZodOptional ? isRepeatable(schema.unwrap() as z.ZodType) : schema instanceof z.ZodArray;
}

/** Prometheus ignores unknown parameters, and so do its calls here. */
const ofPrometheus = new Set([
  'query',
  'query-range',
  'query-exemplars',
  'series',
  'labels',
  'label-values',
  'metadata',
  'prometheus-rules',
  'build-info',
]);

test('names and paths of routes are unique, and every route has an answer schema', () => {
  expect(new Set(routes.map(({ name }) => name)).size).toBe(routes.length);
  const calls = routes.flatMap(({ methods, path }) => methods.map((method) => `${method} ${path}`));
  expect(new Set(calls).size).toBe(calls.length);
  for (const { name, parameters, response, success } of routes) {
    const schema = z.toJSONSchema(parameters, { io: 'input' });
    expect([name, schema.type, schema.additionalProperties === false]).toEqual([
      name,
      'object',
      !ofPrometheus.has(name),
    ]);
    if (success !== 204) expect(z.toJSONSchema(response, { io: 'output' })).toMatchObject({ type: 'object' });
  }
});
