/** Runs a scrape target with gauges that represent conditions: 1 is true, 0 is false. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ConditionTarget {
  /** `host:port` for a Prometheus target. */
  readonly address: string;
  set(name: string, value: number): void;
  stop(): Promise<void>;
}

/** Serves `test_condition{condition="<name>"}` for every name that was set. */
export async function startConditionTarget(): Promise<ConditionTarget> {
  const values = new Map<string, number>();
  const server = createServer((_request, response) => {
    const lines = [...values].map(([name, value]) => `test_condition{condition="${name}"} ${value}\n`);
    response.setHeader('Content-Type', 'text/plain; version=0.0.4');
    response.end(`# TYPE test_condition gauge\n${lines.join('')}`);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    set: (name, value) => void values.set(name, value),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
