/** How a program ends: exit code, last log lines. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';

const run = pathToFileURL(join(import.meta.dirname, '../../../bin/cli/run.ts')).href;

/** Runs a program whose service has this code, sends it SIGTERM once it runs, and returns how it ended. */
function runService(service: string) {
  const script = `
    import { runProgram } from '${run}';
    const create = () => ({ async start() { setInterval(() => {}, 1000); setImmediate(() => process.kill(process.pid, 'SIGTERM')); }, async stop() {}, ${service} });
    await runProgram({ name: 'test', summary: '', settings: {}, create, stopLimitMs: 50 }, ['--log.format=json']);`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  const lines = stderr.split('\n').filter((line) => line !== '');
  return { status, lines: lines.map((line) => (line.startsWith('{') ? (JSON.parse(line) as object) : line)) };
}

const [stopping, stopped] = [
  { level: 'info', msg: 'stopping', signal: 'SIGTERM' },
  { level: 'info', msg: 'stopped' },
];

test('a program that stops on SIGTERM exits with 0', () => {
  expect(runService('')).toMatchObject({ status: 0, lines: [stopping, stopped] });
});

test('a stop that fails is logged with its stack; the exit code is 1', () => {
  expect(runService("async stop() { throw new Error('disk full'); }")).toMatchObject({
    status: 1,
    lines: [
      stopping,
      {
        level: 'error',
        msg: 'the program did not stop cleanly',
        error: 'disk full',
        'error.stack': expect.stringMatching(/^Error: disk full\nat /),
      },
      stopped,
    ],
  });
});

test('a stop that takes too long is logged, and the program ends', () => {
  expect(runService('stop: () => new Promise(() => setInterval(() => {}, 1000))')).toMatchObject({
    status: 0,
    lines: [
      stopping,
      { level: 'error', msg: 'the program did not stop in time; unfinished work is abandoned' },
      stopped,
    ],
  });
});

test('a start that fails stops the program and prints the reason; a stop that fails as well does not hide the reason', () => {
  const { status, lines } = runService(
    "async start() { throw new Error('no port'); }, async stop() { throw new Error('no disk'); }",
  );
  expect([status, lines[0], lines[1]]).toEqual([
    1,
    expect.objectContaining({ msg: 'the program did not stop cleanly', error: 'no disk' }),
    expect.stringContaining('hostpulse test: Error: no port'),
  ]);
});

test('a fault that nothing handles is logged with its stack and stops the program with 1', () => {
  const service = "async start() { setImmediate(() => { throw new Error('unexpected'); }); }";
  expect(runService(service)).toMatchObject({
    status: 1,
    lines: [{ msg: 'a fault that nothing handled; stopping', error: 'unexpected' }, stopped],
  });
});
