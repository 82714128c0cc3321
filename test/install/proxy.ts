/** Checks the server behind nginx, with the configuration that docs/install.md shows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectTrue, say } from '../support/printed-checks.ts';
import type { Machine } from './machine.ts';
import { until } from './report.ts';
import { configFile, dataFolder, type ListedHost } from './server.ts';

const root = join(import.meta.dirname, '../..');
const site = 'https://monitoring.example.com';
/** The files that the documented configuration names. */
const certificate = '/etc/ssl/monitoring.pem';
const certificateKey = '/etc/ssl/monitoring.key';

interface Variant {
  readonly title: string;
  readonly path: string;
  /** Returns the changed configuration of nginx. */
  readonly change: (config: string) => string;
}

const variants: readonly Variant[] = [
  { title: 'nginx', path: '', change: (config) => config },
  {
    title: 'nginx that passes /pulse on',
    path: '/pulse',
    change: (config) => config.replace('location / {', 'location /pulse/ {'),
  },
  {
    title: 'nginx that removes /pulse',
    path: '/pulse',
    change: (config) => config.replace('location / {', 'location /pulse/ {').replace(':9180;', ':9180/;'),
  },
];

/** Installs nginx, and checks the gateway behind nginx at the root of the site, then below a path. */
export async function checkProxy(server: Machine): Promise<void> {
  server.run(`apt-get install --yes --no-install-recommends nginx-light openssl
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=monitoring.example.com \
  -addext subjectAltName=DNS:monitoring.example.com -out ${certificate} -keyout ${certificateKey}
echo '127.0.0.1 monitoring.example.com' >> /etc/hosts`);
  for (const variant of variants) await checkVariant(server, variant);
}

async function checkVariant(server: Machine, { title, path, change }: Variant): Promise<void> {
  const url = `${site}${path}`;
  const settings = documented('yaml').replace(/^public_url: .*$/m, `public_url: ${url}`);
  writeText(server, '/etc/nginx/sites-enabled/default', change(documented('nginx')));
  writeText(server, configFile, `data_dir: ${dataFolder}\n${settings}`);
  server.run('nginx -t -q && systemctl restart nginx hostpulse');
  const curl = (address: string, ...options: readonly string[]): string =>
    server.run(`curl -fsS --cacert ${certificate} ${options.join(' ')} '${address}'`);
  const script = /src="([^"]+)"/.exec(curl(`${url}/`))?.[1] ?? '';
  expectTrue(`${title} serves the page (${script})`, script.startsWith(`${path}/assets/`));
  expectTrue(`${title} serves its script`, curl(`${site}${script}`).length > 10_000);
  const link = server.run(`sudo -u hostpulse hostpulse key login-link --data-dir ${dataFolder}`).trim();
  expectTrue(`the login link has the address of ${title}`, link.startsWith(`${url}/login?token=`));
  curl(link, '-c /root/cookies');
  const write = `-b /root/cookies -H 'Origin: ${site}' -H 'Content-Type: application/json' -d '{"host":"web-2"}'`;
  const made = JSON.parse(curl(`${url}/api/v1/hosts/tokens`, write)) as { readonly install: string };
  expectTrue(`a session adds a host through ${title}`, made.install.startsWith(`curl -fsSL ${url}/install | sudo sh`));
  expectTrue(`${title} serves the install script`, curl(`${url}/install`).includes(`\nserver_url=${url}\n`));
  const listHosts = (): readonly ListedHost[] =>
    (JSON.parse(curl(`${url}/api/v1/hosts`, '-b /root/cookies')) as { readonly hosts: readonly ListedHost[] }).hosts;
  const seconds = await push(server, url, (host) => listHosts().some((each) => each.host === host && each.up));
  say(`ok    a host pushes through ${title} (${seconds.toFixed(1)} s)`);
}

/** Starts an exporter that pushes to the URL. Returns the seconds until the server lists the host as up. */
async function push(server: Machine, url: string, isUp: (host: string) => boolean): Promise<number> {
  const host = `nginx-${Date.now()}`;
  const settings = `web: {listen_address: ["unix:/root/exporter.sock"]}
collector:
  server_url: ${url}
  protocol: remote_write
  api_key_file: /root/push-key
  host: ${host}
  tls: {ca_file: ${certificate}}
`;
  writeText(server, '/root/exporter.yml', settings);
  server.run(
    `sudo -u hostpulse hostpulse key create --name ${host} --scope push --host ${host} --data-dir ${dataFolder} > /root/push-key`,
  );
  const pid = server.run(
    'hostpulse exporter --config.file=/root/exporter.yml > /root/exporter.log 2>&1 < /dev/null & echo $!',
  );
  try {
    return await until(`a push to ${url}`, 30_000, () => isUp(host));
  } catch (error) {
    throw new Error(server.run('cat /root/exporter.log'), { cause: error });
  } finally {
    server.run(`kill ${pid}`);
  }
}

function writeText(machine: Machine, file: string, text: string): void {
  machine.run(`cat > ${file} <<'END'\n${text}\nEND`);
}

/** Returns the code block in this language from the section "Behind nginx or Caddy" of docs/install.md. */
function documented(language: string): string {
  const text = readFileSync(join(root, 'docs/install.md'), 'utf8');
  const section = text.split('\n### Behind nginx or Caddy\n')[1] ?? '';
  const [, block] = new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(section) ?? [];
  if (block === undefined) throw new Error(`docs/install.md, "Behind nginx or Caddy": expected a block of ${language}`);
  return block;
}
