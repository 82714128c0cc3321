/**
 * Golden tests: each collector on its cases, test/cases/collectors/<name>/<case>/ with host.txt, flags.json, statfs.json and
 * expected.prom, with expected.faults for its partial errors, or expected.err; all collectors together on test/cases/hosts/<host>/, checked by promtool.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { messageOf } from '../../../common/program/log.ts';
import { collectors } from '../../../exporter/collectors/index.ts';
import { binaryPath } from '../../support/binaries.ts';
import { createRecordingFaults, readExposition } from '../../support/collector-host.ts';
import { expectGolden } from '../../support/golden.ts';
import { createUnpackedCases } from '../../support/unpacked-cases.ts';

const repository = join(import.meta.dirname, '..', '..', '..');
const casesFolder = join(repository, 'test', 'cases', 'collectors');
const hosts = join(repository, 'test', 'cases', 'hosts');
const names = collectors.map(({ name }) => name);
const unpacked = createUnpackedCases();

test('the list, the files and the cases name the same collectors', () => {
  expect(readdirSync(hosts).sort()).toEqual(['odd', 'ordinary']);
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
      const faults = createRecordingFaults();
      expectGolden(join(folder, 'expected.prom'), await readExposition(collector, host, { flags, faults }));
      const faultsFile = join(folder, 'expected.faults');
      const lines = faults.lines.map((line) => `${line.replaceAll(host, '')}\n`).join('');
      if (lines !== '' || existsSync(faultsFile)) expectGolden(faultsFile, lines);
      return;
    }
    expectGolden(
      errorFile,
      `${(await errorOf(() => readExposition(collector, host, { flags }))).replaceAll(host, '')}\n`,
    );
  });
});

/** Complaints of promtool about names and types that node_exporter and other exporters chose, such as `node_memory_MemFree_bytes`. */
const complaintsAboutNames = new RegExp(
  [
    String.raw`^node_(memory|netstat|sockstat)_\S+ metric names should be written in 'snake_case' not 'camelCase'$`,
    String.raw`^node_systemd_socket_refused_connections_total non-counter metrics should not have "_total" suffix$`,
    String.raw`^node_wifi_station_(receive|transmit)_bits_per_second use base unit "bytes" instead of "bits"$`,
    String.raw`^node_entropy_\S+ use base unit "bytes" instead of "bits"$`,
    String.raw`^(container_memory_failcnt|smartctl_\S+) counter metrics should have "_total" suffix$`,
    String.raw`^(nvidia_smi|smartctl)_\S+ non-(counter|histogram and non-summary) metrics should not have "_(total|count)" suffix$`,
  ].join('|'),
);

describe.each(readdirSync(hosts))('the host %s', (host) => {
  const folder = join(hosts, host);

  test('all collectors together', async () => {
    const pages: string[] = [];
    for (const collector of collectors) pages.push(await readExposition(collector, unpacked(folder)));
    const page = pages.join('');
    expectGolden(join(folder, 'expected.prom'), page);
    const { stdout, stderr, error } = spawnSync(binaryPath('promtool'), ['check', 'metrics'], {
      input: page,
      encoding: 'utf8',
    });
    const complaints = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => line !== '' && !complaintsAboutNames.test(line));
    expect(error).toBeUndefined();
    expect(complaints).toEqual([]);
  });
});

async function errorOf(run: () => Promise<string>): Promise<string> {
  try {
    return `no error, but:\n${await run()}`;
  } catch (thrown) {
    return messageOf(thrown);
  }
}
