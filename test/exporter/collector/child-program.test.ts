/** Child programs and their limits, with real processes. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createProgramRunner } from '../../../exporter/collector/child-program.ts';

const limits = { timeoutMs: 30_000, maxBytes: 1_000 };
const shell = (script: string, more: Partial<typeof limits> = {}) =>
  createProgramRunner()({ command: 'sh', args: ['-c', script], ...limits, ...more });

test('the output and the exit code', async () => {
  expect(await shell('echo hello; echo hidden >&2; exit 4')).toEqual({ exitCode: 4, output: 'hello\n' });
});

test('the language is C, and secrets of the exporter stay here', async () => {
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

test('a program that a signal ends, and one that does not exist', async () => {
  await expect(shell('kill -9 $$')).rejects.toThrow('sh: ended by SIGKILL');
  const run = createProgramRunner();
  await expect(run({ command: '/nonexistent', args: [], ...limits })).rejects.toThrow(
    /^\/nonexistent: cannot run: .*ENOENT/,
  );
});

test('a running program does not keep the process, and ends with it', () => {
  const module = join(import.meta.dirname, '..', '..', '..', 'exporter', 'collector', 'child-program.ts');
  const script = `import { createProgramRunner } from ${JSON.stringify(module)};
    createProgramRunner()({ command: 'sh', args: ['-c', 'echo $$; exec sleep 61'], timeoutMs: 60000, maxBytes: 100 });
    setTimeout(() => undefined, 300);`;
  const startedMs = performance.now();
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  expect(status).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(15_000);
});
