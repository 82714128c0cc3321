/** Modules that the supervisor of `hostpulse up` loads: each careless import adds to the memory of every installation. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defaultPorts } from '../../stack/ports.ts';
import { binaryPath } from '../support/binaries.ts';
import { runCli } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-up-modules-'));
const occupied: Server = createServer();
let modules: { readonly builtins: readonly string[]; readonly files: readonly string[] };

/** Runs `up` until it meets the occupied port: by then everything is loaded but what runs as a separate process. */
beforeAll(async () => {
  await new Promise<void>((resolve) => occupied.listen(0, '127.0.0.1', resolve));
  const { port } = occupied.address() as { readonly port: number };
  const modulesFile = join(folder, 'modules.json');
  const tools = [binaryPath('prometheus'), binaryPath('alertmanager', 'prometheus-alertmanager')];
  const preload = pathToFileURL(join(import.meta.dirname, '../support/report-modules.mjs')).href;
  const { code, stderr } = await runCli(
    ['up', '--data-dir', join(folder, 'data'), '--port-offset', String(port - defaultPorts.exporter)],
    {
      nodeFlags: ['--import', preload],
      env: { MODULES_FILE: modulesFile, PATH: tools.map((tool) => join(tool, '..')).join(':') },
    },
  );
  expect([code, stderr]).toEqual([1, expect.stringContaining(`127.0.0.1:${port} (exporter)`)]);
  modules = JSON.parse(readFileSync(modulesFile, 'utf8')) as typeof modules;
});
afterAll(async () => {
  await new Promise((resolve) => occupied.close(resolve));
  rmSync(folder, { recursive: true });
});

test('loads one package', () => {
  const packages = modules.files.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []);
  expect([...new Set(packages)]).toEqual(['commander']);
});

test.each(['undici', 'http', 'https', 'http2', 'tls', 'crypto', 'test_runner'])('does not load %s', (name) => {
  expect(modules.builtins).toContain('child_process');
  expect(modules.builtins.filter((each) => each.split('/').includes(name))).toEqual([]);
});

test('loads no part of another program and no database', () => {
  const root = pathToFileURL(join(import.meta.dirname, '../..')).href;
  const own = modules.files.flatMap((file) => (file.startsWith(root) ? [file.slice(root.length + 1)] : []));
  expect(own).toContain('stack/process/supervisor.ts');
  expect(own.filter((file) => /^(?:exporter|ingest-gateway|alert-relay|common\/store)\//.test(file))).toEqual([]);
  expect(own).not.toContain('stack/credentials.ts');
});
