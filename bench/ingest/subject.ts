/** A measured program on a free port, scraped over one keep-alive connection as by Prometheus. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { type ProcessCost, readProcessCost } from '../measure/process-cost.ts';

export interface SubjectSpec {
  readonly name: string;
  readonly command: string;
  /** Arguments without the listen address, which is added. */
  readonly args: readonly string[];
}

export interface Subject {
  readonly name: string;
  /** Scrapes with `Accept-Encoding: gzip` and returns the milliseconds until the last byte. Throws unless the status is 200. */
  scrape(): Promise<number>;
  /** Number of series on the page. */
  countSeries(): Promise<number>;
  cost(): ProcessCost;
  stop(): Promise<void>;
}

const startLimitMs = 15_000;

export async function startSubject({ name, command, args }: SubjectSpec): Promise<Subject> {
  const port = await freePort();
  const child = spawn(command, [...args, `--web.listen-address=127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.splice(0, said.length - 20, text));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const url = `http://127.0.0.1:${port}/metrics`;
  const subject: Subject = {
    name,
    async scrape() {
      const startedMs = performance.now();
      await fetchPage(url, agent);
      return performance.now() - startedMs;
    },
    async countSeries() {
      const text = gunzipSync(await fetchPage(url, agent)).toString();
      return text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
    },
    cost: () => readProcessCost(pidOf(child)),
    async stop() {
      agent.destroy();
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
  const deadlineMs = performance.now() + startLimitMs;
  for (;;) {
    try {
      await subject.scrape();
      return subject;
    } catch (cause) {
      if (child.exitCode !== null || performance.now() > deadlineMs) {
        await subject.stop();
        throw new Error(`${name} does not answer at ${url}: ${said.join('')}`, { cause });
      }
      await sleep(50);
    }
  }
}

function fetchPage(url: string, agent: Agent): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = { 'Accept-Encoding': 'gzip', 'User-Agent': 'Prometheus/2.42.0' };
    get(url, { agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode !== 200) reject(new Error(`GET ${url} answered ${response.statusCode}`));
        else resolve(Buffer.concat(chunks));
      });
    }).on('error', reject);
  });
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error(`${child.spawnfile} was not started`);
  return child.pid;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
