/** One golden scrape of the whole set a fixture host, as the exposition format has it, and linted by promtool. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { collectors } from '../../exporter/collectors/index.ts';
import { binaryPath } from '../support/binaries.ts';
import { readExposition } from '../support/collector-host.ts';
import { expectGolden } from '../support/golden.ts';
import { createUnpackedCases } from '../support/unpacked-cases.ts';

const hosts = join(import.meta.dirname, '..', 'cases', 'hosts');
const unpacked = createUnpackedCases();

/** promtool's only complaints about node_exporter's names, which are the interface: `node_memory_MemFree_bytes`. */
const namesOfTheInterface =
  /^node_(memory|netstat|sockstat)_\S+ metric names should be written in 'snake_case' not 'camelCase'$|^node_entropy_\S+ use base unit "bytes" instead of "bits"$/;

test('there are hosts', () => expect(readdirSync(hosts).sort()).toEqual(['odd', 'ordinary']));

describe.each(['ordinary', 'odd'])('%s', (host) => {
  const folder = join(hosts, host);

  test('the whole set', async () => {
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
      .filter((line) => line !== '' && !namesOfTheInterface.test(line));
    expect(error).toBeUndefined();
    expect(complaints).toEqual([]);
  });
});
