/** A scrape target for tests whose gauges are conditions: true while 1, false while 0. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ConditionTarget {
  /** `host:port`, as Prometheus wants it. */
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
