/** `hostpulse top` against a gateway. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startCli } from '../../support/cli.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';

const minute = 60_000;
let gateway: RunningGateway;
let env: Record<string, string>;
const endMs = Math.floor(Date.now() / minute) * minute;

beforeAll(async () => {
  gateway = await startGateway();
  env = { HOSTPULSE_GATEWAY_URL: gateway.url, HOSTPULSE_API_KEY: await gateway.createKey(), TZ: 'Asia/Seoul' };
  const processes = [{ pid: 7, name: 'ff\u0007mpeg', cpu_cores: 1, memory_bytes: 2_048, io_bytes_per_second: 0 }];
  const key = await gateway.createKey({ scopes: ['push'] });
  const { status } = await gateway.fetch('/api/v1/top', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ host: 'web-1', records: [{ from_ms: endMs - minute, to_ms: endMs, processes }] }),
  });
  expect(status).toBe(202);
});
afterAll(() => gateway.stop());

/** Returns the time of day in Seoul, nine hours ahead all year. */
const seoul = (timeMs: number) => new Date(timeMs + 9 * 3_600_000).toISOString();

test('prints the processes of the minute of a time of day', async () => {
  const startMs = endMs - minute;
  const at = seoul(startMs).slice(11, 16);
  const { code, stdout } = await startCli(['top', 'web-1', '--at', at], { env }).ended;
  const [day, from, to] = [seoul(startMs).slice(0, 10), seoul(startMs).slice(11, 19), seoul(endMs).slice(11, 19)];
  expect({ code, lines: stdout.split('\n') }).toEqual({
    code: 0,
    lines: [
      `web-1, ${day} ${from} to ${to}, by CPU`,
      'PID  NAME     CPU      MEMORY   I/O',
      '7    ff\uFFFDmpeg  100.0 %  2.0 KiB  0 B/s',
      '',
    ],
  });
});

test('without a record, exits with 1 and the times that have one', async () => {
  const at = new Date(endMs - 20 * minute).toISOString();
  const { code, stdout, stderr } = await startCli(['top', 'web-1', '--at', at], { env }).ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^hostpulse top: there is no record of the processes of web-1 at .*; there are records from /);
});

test.each([
  [['top', 'web-1', '--at', 'dawn'], /^hostpulse top: --at: expected a time of day such as 03:12, RFC 3339/],
  [['top', 'web-1', '--by', 'name'], /--by <what>.*cpu, memory, io/],
  [['top'], /missing required argument 'host'/],
])('%j is refused', async (args, message) => {
  const { code, stderr } = await startCli(args, { env }).ended;
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
});
