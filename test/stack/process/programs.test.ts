/** Prometheus and Alertmanager are found on PATH, in the data directory, and where `npm start` unpacked them. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { packageRoot } from '../../../common/program/package.ts';
import { findProgram, tryFindProgram } from '../../../stack/process/programs.ts';

const name = 'hostpulse-test-program';
const unpacked = join(packageRoot(), 'data', 'tools', 'usr', 'bin');
const forky = join(packageRoot(), 'data', 'tools', 'forky', 'usr', 'bin');
const path = process.env['PATH'];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-programs-'));
  process.env['PATH'] = ['', join(folder, 'path')].join(delimiter);
});
afterEach(() => {
  process.env['PATH'] = path;
  for (const each of [folder, join(unpacked, name), join(forky, name)]) rmSync(each, { recursive: true, force: true });
});

function install(place: string, as: string = name): string {
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, as), '#!/bin/sh\n');
  chmodSync(join(place, as), 0o755);
  return join(place, as);
}

const find = (): string | undefined => tryFindProgram({ names: ['other-name', name], folder: join(folder, 'tools') });

test('programs unpacked by `npm start` are found for every data directory, after PATH and the data directory', () => {
  expect(find()).toBeUndefined();
  const inPackage = install(unpacked);
  expect(find()).toBe(inPackage);
  const newest = install(forky);
  expect(find()).toBe(newest);
  const inData = install(join(folder, 'tools'));
  expect(find()).toBe(inData);
  const onPath = install(join(folder, 'path'));
  expect(find()).toBe(onPath);
  expect(find()).toBe(onPath);
  expect(install(join(folder, 'path'), 'other-name')).toBe(find());
});

test('a missing program is an error that names the folders and the way out', () => {
  expect(() => findProgram({ names: [name, 'b'], folder: '/data/tools' })).toThrow(
    `${name} or b is neither on PATH nor in /data/tools nor in ${join(packageRoot(), 'data', 'tools')}; "npm start" downloads it`,
  );
});
