/** A real nginx in front of two gateways and two relays. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackages } from '../../scripts/tools/debian-packages.ts';
import { toolsDirectory, tryProgramPath } from '../../scripts/tools/tool-folders.ts';
import { createProgram, type TestProgram } from '../support/process.ts';

interface Upstreams {
  /** The path of nginx. */
  readonly program: string;
  readonly folder: string;
  readonly port: number;
  readonly gatewayPorts: readonly number[];
  readonly relayPorts: readonly number[];
}

export interface TestNginx extends TestProgram {
  readonly url: string;
}

/** Returns the path of nginx. Downloads the package into `root` when nginx is neither on PATH, in /usr/sbin nor there. */
export function ensureNginx(root = join(toolsDirectory, 'nginx')): string {
  const unpacked = join(root, 'usr', 'sbin', 'nginx');
  const installed = tryProgramPath(['nginx']) ?? ['/usr/sbin/nginx', unpacked].find((path) => existsSync(path));
  if (installed !== undefined) return installed;
  unpackDebianPackages({ root, alone: ['nginx'], whole: [] });
  return unpacked;
}

/**
 * Creates an nginx that sends a request to the next server when a server does not answer. Pushes and webhooks that arrive twice have no
 * further effect. nginx runs as a single process: workers would survive a SIGKILL of their master and go on answering.
 */
export function createNginx({ program, folder, port, gatewayPorts, relayPorts }: Upstreams): TestNginx {
  mkdirSync(folder, { recursive: true });
  const servers = (ports: readonly number[]): string =>
    ports.map((each) => `server 127.0.0.1:${each} max_fails=1 fail_timeout=2s;`).join(' ');
  const configFile = join(folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  writeFileSync(
    configFile,
    `daemon off;
master_process off;
pid ${join(folder, 'nginx.pid')};
error_log stderr warn;
events { worker_connections 2048; }
http {
  access_log off;
  ${temporary.join('\n  ')}
  upstream gateways { ${servers(gatewayPorts)} keepalive 32; }
  upstream relays { ${servers(relayPorts)} keepalive 4; }
  server {
    listen 127.0.0.1:${port};
    client_max_body_size 32m;
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Connection "";
    proxy_connect_timeout 2s;
    proxy_next_upstream error timeout http_502 http_503 http_504 non_idempotent;
    location / { proxy_pass http://gateways; }
    location = /webhook { proxy_pass http://relays; }
    location = /nginx-health { return 200; }
  }
}
`,
  );
  const url = `http://127.0.0.1:${port}`;
  const args = ['-c', configFile, '-p', folder, '-e', 'stderr'];
  return { ...createProgram({ command: program, args, readyUrl: `${url}/nginx-health` }), url };
}
