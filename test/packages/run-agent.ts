/** Starts an agent, scrapes it, and stops it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectEqual } from './report.ts';

const limitMs = 120_000;

interface Scraped {
  readonly status: number;
  readonly text: string;
}

export interface AgentOptions {
  readonly flags?: readonly string[];
  /** User and password: `ops:secret`. A wrong password is tried as well. */
  readonly auth?: string;
}

/** Returns the milliseconds from the start to the first answer. Throws for an answer without the host's metrics. */
export async function runAgent(
  [command, ...args]: readonly [string, ...string[]],
  { flags = [], auth }: AgentOptions = {},
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-agent-'));
  const socket = join(folder, 'metrics.sock');
  const startedAt = performance.now();
  const child = spawn(command, [...args, `--web.listen-address=unix:${socket}`, '--log.level=warn', ...flags], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  try {
    let answer: Scraped | undefined;
    while (answer === undefined) {
      answer = await scrape(socket, auth).catch(() => undefined);
      if (child.exitCode !== null) throw new Error(`the agent ended with exit code ${child.exitCode}`);
      if (performance.now() - startedAt > limitMs) throw new Error(`no answer within ${limitMs / 1000} s`);
      if (answer === undefined) await sleep(5);
    }
    const elapsedMs = performance.now() - startedAt;
    expectEqual(answer.status, 200);
    for (const name of ['node_load1', 'node_memory_MemTotal_bytes', 'hostpulse_build_info'])
      if (!answer.text.includes(`\n${name}`)) throw new Error(`the answer has no ${name}`);
    if (auth !== undefined) expectEqual((await scrape(socket, 'ops:wrong')).status, 401);
    child.kill('SIGTERM');
    expectEqual(await exited, 0);
    return elapsedMs;
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

function scrape(socketPath: string, auth?: string): Promise<Scraped> {
  return new Promise((resolve, reject) => {
    const options = { socketPath, path: '/metrics', ...(auth !== undefined && { auth }) };
    const sent = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject).end();
  });
}
