/** Tests child programs and their limits with real processes. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createProgramRunner } from '../../../exporter/collector/child-program.ts';
import { eventually } from '../../support/eventually.ts';

const limits = { timeoutMs: 30_000, maxBytes: 1_000 };
const shell = (script: string, more: Partial<typeof limits> = {}) =>
  createProgramRunner()({ command: 'sh', args: ['-c', script], ...limits, ...more });

test('a call returns the output and the exit code', async () => {
  expect(await shell('echo hello; echo hidden >&2; exit 4')).toEqual({ exitCode: 4, output: 'hello\n' });
});

test('a program runs in the language C, without secrets of the exporter in its environment', async () => {
  process.env['HOSTPULSE_TEST_SECRET'] = 'secret';
  expect(await shell('echo "$LC_ALL:$HOSTPULSE_TEST_SECRET"')).toEqual({ exitCode: 0, output: 'C:\n' });
  delete process.env['HOSTPULSE_TEST_SECRET'];
});

test('a program that takes too long is killed', async () => {
  await expect(shell('exec sleep 60', { timeoutMs: 200 })).rejects.toThrow('sh: did not end within 200 ms');
});

test('a program that writes too much is killed', async () => {
  await expect(shell('exec yes')).rejects.toThrow('sh: wrote more than 1000 bytes');
});

test('a call rejects when a signal ends the program, and when the program does not exist', async () => {
  await expect(shell('kill -9 $$')).rejects.toThrow('sh: ended by SIGKILL');
  const run = createProgramRunner();
  await expect(run({ command: '/nonexistent', args: [], ...limits })).rejects.toThrow(
    /^\/nonexistent: cannot run: .*ENOENT/,
  );
});

test('the process exits while a program runs, and kills the program', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'child-program-'));
  const pidFile = join(folder, 'pid');
  const module = join(import.meta.dirname, '..', '..', '..', 'exporter', 'collector', 'child-program.ts');
  const script = `import { existsSync } from 'node:fs';
    import { createProgramRunner } from ${JSON.stringify(module)};
    const args = ['-c', 'echo $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 61'];
    createProgramRunner()({ command: 'sh', args, timeoutMs: 60000, maxBytes: 100 });
    const poll = setInterval(() => existsSync('${pidFile}') && clearInterval(poll), 10);`;
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 15_000,
  });
  const pid = readFileSync(pidFile, 'utf8').trim();
  rmSync(folder, { recursive: true });
  expect(status).toBe(0);
  await eventually({ what: 'the program has ended', limitMs: 5_000 }, () =>
    existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ') ? undefined : true,
  );
});
