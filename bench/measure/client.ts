/** Measures GET requests. */
import { Agent, get } from 'node:http';

export interface Client {
  /** Returns the milliseconds until the last byte. Throws unless the status is 200 and the body has values. */
  get(path: string): Promise<number>;
  close(): void;
}

export interface ClientOptions {
  /** False: each request opens a connection and closes it. Absent: connections are kept. */
  readonly keepsConnections?: boolean;
}

export function createClient(
  url: string,
  headers: Readonly<Record<string, string>>,
  { keepsConnections = true }: ClientOptions = {},
): Client {
  const agent = new Agent({ keepAlive: keepsConnections, maxSockets: 16 });
  return {
    get(path) {
      return new Promise((resolve, reject) => {
        const startedMs = performance.now();
        get(`${url}${path}`, { agent, headers }, (response) => {
          let bytes = 0;
          response.on('data', (chunk: Buffer) => (bytes += chunk.length));
          response.on('error', reject);
          response.on('end', () => {
            // An empty result would be fast but no measurement.
            if (response.statusCode !== 200 || bytes < 200)
              reject(new Error(`GET ${path}: ${response.statusCode}, ${bytes} bytes`));
            else resolve(performance.now() - startedMs);
          });
        }).on('error', reject);
      });
    },
    close: () => agent.destroy(),
  };
}
