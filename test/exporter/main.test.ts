/** The modules that the exporter loads: a single import may cost 10 MiB of memory. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import bcrypt from 'bcryptjs';
import { startCli } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-modules-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Loaded {
  readonly builtins: readonly string[];
  /** Names of packages. */
  readonly packages: readonly string[];
  /** Files of the repository, relative to its root. */
  readonly own: readonly string[];
}

/** Runs the exporter, scrapes it twice as Prometheus does, stops it, and returns the modules that it loaded. */
async function loadedBy(...flags: readonly string[]): Promise<Loaded> {
  const modulesFile = join(mkdtempSync(join(folder, 'run-')), 'modules.json');
  const preload = pathToFileURL(join(import.meta.dirname, '../support/report-modules.mjs')).href;
  const cli = startCli(['exporter', '--web.listen-address=127.0.0.1:0', ...flags], {
    nodeFlags: ['--import', preload],
    env: { MODULES_FILE: modulesFile },
  });
  const [, port] = await cli.said(/address=127\.0\.0\.1:(\d+)/);
  for (let time = 0; time < 2; time++) {
    const authorization = `Basic ${btoa('alice:right')}`;
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { authorization } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(await response.text()).toContain('node_cpu_seconds_total');
  }
  cli.child.kill('SIGTERM');
  expect((await cli.ended).code).toBe(0);
  const { builtins, files } = JSON.parse(readFileSync(modulesFile, 'utf8')) as { builtins: string[]; files: string[] };
  const root = pathToFileURL(join(import.meta.dirname, '../..')).href;
  const packageNames = files.map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]);
  return {
    builtins,
    packages: [...new Set(packageNames.filter((name) => name !== undefined))].sort(),
    own: files
      .filter((file) => file.startsWith(root) && !file.includes('node_modules'))
      .map((file) => file.slice(root.length + 1)),
  };
}

describe('a plain exporter', () => {
  let loaded: Loaded;
  beforeAll(async () => {
    loaded = await loadedBy();
  });

  test('loads one package', () => {
    expect(loaded.packages).toEqual(['commander']);
  });

  test.each(['undici', 'https', 'http2', 'sqlite', 'test_runner', 'wasi'])('does not load %s', (name) => {
    expect(loaded.builtins).toContain('http');
    expect(loaded.builtins.filter((each) => each.split('/').some((part) => part === name))).toEqual([]);
  });

  test('loads no file of another program and no module for files that were not given', () => {
    expect(loaded.own).toContain('exporter/scrape.ts');
    expect(loaded.own.filter((file) => /^(ingest-gateway|alert-relay|stack|common\/store)\//.test(file))).toEqual([]);
    expect(loaded.own.filter((file) => /web-guard|web-config|config-file|tls/.test(file))).toEqual([]);
  });
});

test('a configuration file loads yaml, and a web configuration file its guard', async () => {
  const configFile = join(folder, 'exporter.yml');
  writeFileSync(configFile, 'web: {max_requests: 3}\n');
  const webFile = join(folder, 'web.yml');
  writeFileSync(webFile, `basic_auth_users: {alice: ${bcrypt.hashSync('right', 4)}}\n`);
  const { packages, own } = await loadedBy(`--config.file=${configFile}`, `--web.config.file=${webFile}`);
  expect(packages).toContain('yaml');
  // Passwords are compared in a child process.
  expect(packages).not.toContain('bcryptjs');
  expect(own).toContain('common/http/web-config/web-guard.ts');
});
