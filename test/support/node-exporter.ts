/** Runs Debian's prometheus-node-exporter on a free port. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { programsOf, type Suite } from '../../scripts/tools/tool-folders.ts';
import { binaryPath } from './binaries.ts';

export interface NodeExporter {
  /** `host:port`. */
  readonly address: string;
  /** Returns the exposition of one scrape. */
  scrape(): Promise<string>;
  /** Idempotent. */
  stop(): Promise<void>;
}

/**
 * Resolves when node_exporter listens. Rejects with its log when it exits before. Its own metrics are off. `suite` runs the
 * version of a Debian suite; absent, the newest. `enter` runs the program and its scrapes in other namespaces: `nsenter` and its arguments.
 */
export async function startNodeExporter(
  args: readonly string[],
  suite?: Suite,
  enter: readonly string[] = [],
): Promise<NodeExporter> {
  const own = ['--web.listen-address=127.0.0.1:0', '--web.disable-exporter-metrics', '--collector.disable-defaults'];
  const program =
    suite === undefined
      ? binaryPath('prometheus-node-exporter', 'node_exporter')
      : join(programsOf(suite), 'prometheus-node-exporter');
  const [command = '', ...words] = [...enter, program, ...own, ...args];
  const child = spawn(command, words, {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  const log: string[] = [];
  const listening = new Promise<string>((resolve, reject) => {
    createInterface(child.stderr).on('line', (line) => {
      log.push(line);
      const address = /msg="?Listening on"? address=(\S+)/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
    exited.then(() => reject(new Error(`node_exporter exited:\n${log.join('\n')}`)), reject);
  });
  const address = await listening;
  return {
    address,
    async scrape() {
      if (enter.length > 0) return scrapeWithin(enter, address);
      const response = await fetch(`http://${address}/metrics`);
      if (!response.ok) throw new Error(`node_exporter answered ${response.status}: ${await response.text()}`);
      return response.text();
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function scrapeWithin(enter: readonly string[], address: string): string {
  const [command, ...words] = [...enter, 'curl', '--silent', '--fail', `http://${address}/metrics`];
  return execFileSync(command, words, { encoding: 'utf8' });
}
