import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { httpHeaders, revealHeaders } from '../../../../common/program/settings/http-headers.ts';

const folder = mkdtempSync(join(tmpdir(), 'http-headers-'));
const file = join(folder, 'token');
writeFileSync(file, 'Bearer from-a-file\n');
writeFileSync(join(folder, 'empty'), '\n');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function parse(raw: unknown): Readonly<Record<string, string>> {
  const parsed = httpHeaders.parse(raw);
  if (!('value' in parsed)) throw new Error(JSON.stringify(parsed.faults));
  return revealHeaders(parsed.value);
}

function faults(raw: unknown) {
  const parsed = httpHeaders.parse(raw);
  return 'faults' in parsed ? parsed.faults : [];
}

describe('headers', () => {
  test('come from texts, from files, and from the environment', () => {
    expect(parse({ 'X-Scope-OrgID': 'team-a|team-b', Authorization: { file } })).toEqual({
      'X-Scope-OrgID': 'team-a|team-b',
      Authorization: 'Bearer from-a-file',
    });
    expect(parse('X-Scope-OrgID=team-a, Authorization=Basic eDp5=')).toEqual({
      'X-Scope-OrgID': 'team-a',
      Authorization: 'Basic eDp5=',
    });
    expect(revealHeaders(undefined)).toEqual({});
  });

  test('are printed without their values', () => {
    const parsed = httpHeaders.parse({ 'X-Scope-OrgID': 'team-a' });
    if (!('value' in parsed)) throw new Error('not accepted');
    expect(httpHeaders.print(parsed.value)).toEqual({ 'X-Scope-OrgID': '<secret>' });
    expect(JSON.stringify(parsed.value)).not.toContain('team-a');
  });

  test.each([
    ['a list', ['X-Scope-OrgID'], [], 'a list'],
    ['a text without a value', 'secret-tenant', [], 'a text'],
    ['a name with a space', { 'X Scope': 'a' }, ['X Scope'], '"X Scope"'],
    ['a header that hostpulse sets', { 'content-encoding': 'gzip' }, ['content-encoding'], 'content-encoding'],
    ['a header twice', { 'X-A': 'a', 'x-a': 'b' }, ['x-a'], 'x-a twice'],
    ['a number', { 'X-Scope-OrgID': 7 }, ['X-Scope-OrgID'], 'a number'],
    ['another map', { 'X-A': { path: 'secret' } }, ['X-A'], 'a map'],
    ['a line feed', { 'X-A': 'secret\nX-B: c' }, ['X-A'], 'a text with other characters'],
    ['an empty file', { 'X-A': { file: join(folder, 'empty') } }, ['X-A'], `the empty file ${join(folder, 'empty')}`],
  ])('refuse %s without repeating a value', (_, raw, path, got) => {
    expect(faults(raw)).toMatchObject([{ path, got }]);
    expect(JSON.stringify(faults(raw))).not.toContain('secret');
  });

  test('name a file that cannot be read', () => {
    const [fault] = faults({ 'X-A': { file: join(folder, 'absent') } });
    expect(fault).toMatchObject({ path: ['X-A'], expected: 'a readable file that holds the value' });
    expect(fault?.got).toContain('ENOENT');
  });
});
