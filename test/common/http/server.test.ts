/** Servers on Unix domain sockets and on sockets that are open already. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { createHttpServer } from '../../../common/http/server.ts';
import type { SocketAddress } from '../../../common/program/settings/units.ts';
import { createLogLines } from '../../support/log-lines.ts';

const work = mkdtempSync(join(tmpdir(), 'server-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

function createSubject(address: SocketAddress) {
  const logged = createLogLines();
  const server = createHttpServer({
    addresses: [address],
    handler: (_request, response) => void response.end('here'),
    log: logged.log,
  });
  return { server, logged };
}

function ask(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ socketPath, path: '/', agent: false }, (response) => {
      response.setEncoding('utf8').on('data', resolve);
    }).on('error', reject);
  });
}

test('listens on a Unix domain socket and removes it', async () => {
  const path = join(work, 'a.sock');
  const { server, logged } = createSubject({ path });
  await server.start();
  expect(await ask(path)).toBe('here');
  expect(server.bound()).toEqual([]);
  expect(logged.lines()[0]).toMatchObject({ address: `unix:${path}` });
  await server.stop();
  expect(existsSync(path)).toBe(false);
});

test('replaces the socket of a program that was killed, not the one of a program that runs', async () => {
  const path = join(work, 'b.sock');
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
  expect(existsSync(path)).toBe(true);
  const { server } = createSubject({ path });
  await server.start();
  expect(await ask(path)).toBe('here');
  await expect(createSubject({ path }).server.start()).rejects.toThrow(`unix:${path} is already in use`);
  expect(await ask(path)).toBe('here');
  await server.stop();
});

test('listens on a socket that another program opened', () => {
  const module = join(import.meta.dirname, '..', '..', '..', 'common', 'http', 'server.ts');
  const child = `
    const { createHttpServer } = await import(${JSON.stringify(module)});
    const log = { info: () => console.log('listening') };
    await createHttpServer({ addresses: [{ fd: 3 }], handler: (_, response) => response.end('child'), log }).start();`;
  const parent = `
    const opened = require('net').createServer().listen(0, '127.0.0.1', () => {
      const { port } = opened.address();
      const args = ['--input-type=module', '-e', ${JSON.stringify(child)}];
      const child = require('child_process').spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', opened._handle.fd] });
      child.stdout.once('data', async () => {
        opened.close();
        console.log(await (await fetch('http://127.0.0.1:' + port)).text());
        child.kill();
        process.exit();
      });
    });`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', parent], { encoding: 'utf8', timeout: 20_000 });
  expect(stderr).toBe('');
  expect(stdout).toBe('child\n');
});
