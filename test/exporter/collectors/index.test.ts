/** Every collector of the list against its case folders: test/cases/collectors/<name>/<case>/{host.txt,flags.json,statfs.json,expected.prom|expected.err}. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { messageOf } from '../../../common/program/log.ts';
import { collectors } from '../../../exporter/collectors/index.ts';
import { readExposition } from '../../support/collector-host.ts';
import { expectGolden } from '../../support/golden.ts';
import { createUnpackedCases } from '../../support/unpacked-cases.ts';

const repository = join(import.meta.dirname, '..', '..', '..');
const casesFolder = join(repository, 'test', 'cases', 'collectors');
const names = collectors.map(({ name }) => name);
const unpacked = createUnpackedCases();

test('the list, the files and the cases name the same collectors', () => {
  const files = readdirSync(join(repository, 'exporter', 'collectors'))
    .filter((file) => file.endsWith('.ts') && file !== 'index.ts')
    .map((file) => basename(file, '.ts'));
  expect(names.length).toBeGreaterThan(0);
  expect(files.sort()).toEqual([...names].sort());
  expect(readdirSync(casesFolder).sort()).toEqual([...names].sort());
});

describe.each(collectors.map((collector) => [collector.name, collector] as const))('%s', (name, collector) => {
  const cases = existsSync(join(casesFolder, name)) ? readdirSync(join(casesFolder, name)).sort() : [];

  test('has cases', () => expect(cases.length).toBeGreaterThan(0));

  test.each(cases)('%s', async (caseName) => {
    const folder = join(casesFolder, name, caseName);
    const host = unpacked(folder);
    const flagsFile = join(folder, 'flags.json');
    const flags = existsSync(flagsFile) ? (JSON.parse(readFileSync(flagsFile, 'utf8')) as Record<string, string>) : {};
    const errorFile = join(folder, 'expected.err');
    if (!existsSync(errorFile)) {
      expectGolden(join(folder, 'expected.prom'), await readExposition(collector, host, { flags }));
      return;
    }
    expectGolden(
      errorFile,
      `${(await errorOf(() => readExposition(collector, host, { flags }))).replaceAll(host, '')}\n`,
    );
  });
});

async function errorOf(run: () => Promise<string>): Promise<string> {
  try {
    return `no error, but:\n${await run()}`;
  } catch (thrown) {
    return messageOf(thrown);
  }
}
