/** The server behind nginx, with the configuration that docs/install.md shows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.ts';
import { expect } from './report.ts';
import { configFile, dataFolder } from './server.ts';

const root = join(import.meta.dirname, '../..');

/** Installs nginx and serves the gateway by it at the root, then below a path. */
export function checkProxy(server: Machine): void {
  server.run('apt-get install --yes --no-install-recommends nginx-light');
  for (const path of ['', '/pulse']) checkPath(server, path);
}

function checkPath(server: Machine, path: string): void {
  const [, documented = ''] = /```nginx\n(.*?)```/s.exec(readFileSync(join(root, 'docs/install.md'), 'utf8')) ?? [];
  const config = documented
    .replace('/etc/ssl/monitoring.pem', `${dataFolder}/tls/server.pem`)
    .replace('/etc/ssl/monitoring.key', `${dataFolder}/tls/server-key.pem`)
    .replace('location /', `location ${path}/`);
  const url = `https://monitoring.example.com${path}`;
  server.run(`cat > /etc/nginx/sites-enabled/default <<'EOF'\n${config}\nEOF
echo '{data_dir: ${dataFolder}, public_url: "${url}"}' > ${configFile}
grep -q monitoring /etc/hosts || echo '127.0.0.1 monitoring.example.com' >> /etc/hosts
nginx -t -q && systemctl restart nginx hostpulse`);
  const curl = (address: string, ...options: readonly string[]): string =>
    server.run(`curl -fsSk ${options.join(' ')} '${address}'`);
  const script = /src="([^"]+)"/.exec(curl(`${url}/`))?.[1] ?? '';
  expect(`nginx${path} serves the page (${script})`, script.startsWith(`${path}/assets/`));
  expect(`nginx${path} serves its script`, curl(`https://monitoring.example.com${script}`).length > 10_000);
  const link = server.run(`sudo -u hostpulse hostpulse key login-link --data-dir ${dataFolder}`).trim();
  expect(`the login link has the address of nginx${path}`, link.startsWith(`${url}/login?token=`));
  curl(link, '-c /root/cookies');
  const write = `-b /root/cookies -H 'Origin: https://monitoring.example.com' -H 'Content-Type: application/json' -d '{"host":"web-2"}'`;
  const made = JSON.parse(curl(`${url}/api/v1/hosts/tokens`, write)) as { readonly install: string };
  expect(`a session adds a host through nginx${path}`, made.install.startsWith(`curl -fsSL ${url}/install | sudo sh`));
}
