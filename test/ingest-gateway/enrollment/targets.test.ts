/** Target files, read back with a YAML parser as Prometheus does. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { removeTarget, writeTarget } from '../../../ingest-gateway/enrollment/targets.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-targets-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = () => readdirSync(folder).map((name) => parse(readFileSync(join(folder, name), 'utf8')) as unknown);

test('a host has one file; a later call replaces it', () => {
  writeTarget(folder, { host: 'web-1', address: 'web-1:9100', labels: {} });
  writeTarget(folder, { host: 'web-1', address: '[::1]:9100', labels: { env: 'prod', instance: 'x' } });
  expect(read()).toEqual([[{ targets: ['[::1]:9100'], labels: { env: 'prod', instance: 'web-1' } }]]);
});

test.each(['../../etc/passwd', 'a/b', 'a:b', 'ü'.repeat(253), '.'])('the name %j stays in the folder', (host) => {
  writeTarget(folder, { host, address: 'a:1', labels: {} });
  expect(read()).toEqual([[{ targets: ['a:1'], labels: { instance: host } }]]);
  expect(removeTarget(folder, host)).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
});

test('similar names have different files', () => {
  for (const host of ['a/b', 'a:b', 'a_b']) writeTarget(folder, { host, address: 'a:1', labels: {} });
  expect(readdirSync(folder)).toHaveLength(3);
  expect(removeTarget(folder, 'a b')).toBe(false);
});
