/**
 * `npm run test:install`: a server and a host as Debian machines. The server runs as hostpulse.service with `tls: auto`; the line
 * of `hostpulse hosts add` installs the agent on the host. Upgrade, reboot, wget and removal follow. Prints the time from the
 * line to the first sample. Needs root, debootstrap and systemd-nspawn.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootMachine, createBridge, ensureBase, type Machine } from './machine.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'data/machines');
const tools = realpathSync(join(root, 'data/tools'));
const bridge = 'hostpulse0';
const data = '/var/lib/hostpulse/data';
const agentPaths =
  '/usr/local/bin/hostpulse-agent /opt/hostpulse-agent /etc/hostpulse-agent /var/lib/hostpulse-agent /etc/systemd/system/hostpulse-agent.service';

interface ListedHost {
  readonly host: string;
  readonly up: boolean;
  readonly version?: string;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function until(what: string, limitMs: number, isTrue: () => boolean): Promise<number> {
  const startMs = performance.now();
  while (!isTrue()) {
    if (performance.now() - startMs > limitMs) throw new Error(`${what}: not within ${limitMs / 1_000} s`);
    await sleep(200);
  }
  return (performance.now() - startMs) / 1_000;
}

function expect(what: string, isTrue: boolean): void {
  if (!isTrue) throw new Error(`expected: ${what}`);
  say(`ok    ${what}`);
}

function installServer(server: Machine): void {
  const unit = '/etc/systemd/system/hostpulse.service';
  server.run(`install -m 644 /opt/hostpulse/deploy/systemd/hostpulse.sysusers.conf /usr/lib/sysusers.d/hostpulse.conf
systemd-sysusers
install -D -m 640 -g hostpulse /opt/hostpulse/deploy/systemd/etc/hostpulse.yml /etc/hostpulse/hostpulse.yml
install -m 644 /opt/hostpulse/deploy/systemd/hostpulse.service ${unit}
mkdir -p ${unit}.d
printf '[Service]\\nEnvironment=PATH=${tools}/usr/bin:/usr/bin:/bin\\n' > ${unit}.d/tools.conf
ln -sf /opt/hostpulse/deploy/hostpulse /usr/local/bin/hostpulse
systemctl daemon-reload
systemctl enable -q --now hostpulse`);
}

function listHosts(server: Machine): readonly ListedHost[] {
  const answer = server.run(
    `curl -fsS --cacert ${data}/tls/ca.pem -H "Authorization: Bearer $(cat ${data}/admin-key)" https://${server.address}:9180/api/v1/hosts`,
  );
  return (JSON.parse(answer) as { readonly hosts: readonly ListedHost[] }).hosts;
}

/** Serves the gateway by the nginx configuration of docs/install.md, at the root or below a path. */
function checkProxy(server: Machine, path: string): void {
  const [, documented = ''] = /```nginx\n(.*?)```/s.exec(readFileSync(join(root, 'docs/install.md'), 'utf8')) ?? [];
  const config = documented
    .replace('/etc/ssl/monitoring.pem', `${data}/tls/server.pem`)
    .replace('/etc/ssl/monitoring.key', `${data}/tls/server-key.pem`)
    .replace('location /', `location ${path}/`);
  const url = `https://monitoring.example.com${path}`;
  const yml = `{data_dir: ${data}, public_url: "${url}"}`;
  server.run(`cat > /etc/nginx/sites-enabled/default <<'EOF'\n${config}\nEOF
echo '${yml}' > /etc/hostpulse/hostpulse.yml
grep -q monitoring /etc/hosts || echo '127.0.0.1 monitoring.example.com' >> /etc/hosts
nginx -t -q && systemctl restart nginx hostpulse`);
  const curl = (address: string, ...options: readonly string[]): string =>
    server.run(`curl -fsSk ${options.join(' ')} '${address}'`);
  const shell = curl(`${url}/`);
  const script = /src="([^"]+)"/.exec(shell)?.[1] ?? '';
  expect(`nginx${path} serves the page (${script})`, script.startsWith(`${path}/assets/`));
  expect(`nginx${path} serves its script`, curl(`https://monitoring.example.com${script}`).length > 10_000);
  const link = server.run(`hostpulse key login-link --data-dir ${data}`).trim();
  expect(`the login link has the address of nginx${path}`, link.startsWith(`${url}/login?token=`));
  curl(link, '-c /root/cookies');
  const write = `-b /root/cookies -H 'Origin: https://monitoring.example.com' -H 'Content-Type: application/json' -d '{"host":"web-2"}'`;
  const made = JSON.parse(curl(`${url}/api/v1/hosts/tokens`, write)) as { readonly install: string };
  expect(`a session adds a host through nginx${path}`, made.install.startsWith(`curl -fsSL ${url}/install | sudo sh`));
}

const addHost = (server: Machine, name: string): string =>
  server.run(`hostpulse hosts add ${name} --label env=test --data-dir ${data} 2>/dev/null`).trim();

async function main(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('the machines need root: sudo npm run test:install');
  const base = ensureBase(folder);
  const network = createBridge(bridge, '10.213.0.1');
  const machines: Machine[] = [];
  const boot = async (name: string, last: number, mounts = {}): Promise<Machine> => {
    const machine = await bootMachine({ folder, base, bridge, name, address: `10.213.0.${last}`, mounts });
    machines.push(machine);
    return machine;
  };
  try {
    const server = await boot('server', 2, { '/opt/hostpulse': root, [tools]: tools });
    const host = await boot('web-1', 3);
    installServer(server);
    expect('the server is active', server.succeeds('systemctl is-active hostpulse'));
    const page = `curl -fsS --cacert ${data}/tls/ca.pem https://${server.address}:9180/`;
    expect('the page answers on its address by TLS', server.run(page).includes('<div id="page">'));
    const listening = server
      .run('ss -Hltn')
      .split('\n')
      .map((line) => line.trim().split(/\s+/)[3] ?? '');
    const open = listening.filter((address) => address !== '' && !/^(?:127\.|\[::1\])/.test(address));
    expect(
      `only the gateway leaves loopback (${open.join(', ')})`,
      open.length === 1 && (open[0] ?? '').endsWith(':9180'),
    );
    expect(
      'the journal has no login link',
      !server.run('journalctl -u hostpulse --no-pager').includes('/login?token='),
    );

    const line = addHost(server, 'web-1');
    expect('the line is pinned', line.includes("--pinnedpubkey 'sha256//"));
    const wrong = line.replace(/sha256\/\/..../, 'sha256//AAAA');
    expect('a wrong pin runs nothing', host.succeeds(`${wrong}; test ! -e /etc/hostpulse-agent`));
    const startMs = performance.now();
    const said = host.run(line);
    const installedSeconds = (performance.now() - startMs) / 1_000;
    say(said.replaceAll(/^/gm, '      | ').trimEnd());
    await until('the host is on the page', 10_000, () =>
      listHosts(server).some((each) => each.host === 'web-1' && each.up),
    );
    const seconds = (performance.now() - startMs) / 1_000;
    say(
      `time  from the line to the host on the page: ${seconds.toFixed(1)} s (the script took ${installedSeconds.toFixed(1)} s)`,
    );
    expect('the host is on the page within ten seconds', seconds <= 10);
    expect(
      'the key is readable by the agent only',
      host.run('stat -c "%a %U" /etc/hostpulse-agent/key').trim() === '600 hostpulse-agent',
    );
    expect(
      'the token is used up',
      !host.succeeds(`rm -rf /tmp/x && mkdir /tmp/x && mv /etc/hostpulse-agent/key /tmp/x/key && ${line}`),
    );
    host.run('mv /tmp/x/key /etc/hostpulse-agent/key');

    expect('the same line upgrades', host.run(line).includes('Upgraded'));
    expect(
      'no agent is outdated',
      server.run(`hostpulse hosts outdated --data-dir ${data}`).startsWith('every agent has'),
    );

    await Promise.all([server.reboot(), host.reboot()]);
    await until('the server is back', 180_000, () => server.succeeds(page));
    const isBack = () => listHosts(server).some((each) => each.host === 'web-1' && each.up);
    await until('the host is back', 60_000, isBack);
    expect('both are back after a reboot', isBack());

    const wget = `mv /usr/bin/curl /usr/bin/curl.away; ${line.replace(
      "curl -fsSk --pinnedpubkey '",
      "wget -qO- --no-check-certificate --pinnedpubkey='",
    )};
      status=$?; mv /usr/bin/curl.away /usr/bin/curl; exit $status`;
    expect('wget upgrades where there is no curl', host.run(wget).includes('Upgraded'));

    host.run(line.replace(/hpe_\S+/, '--uninstall'));
    const left = host.run(`ls -d ${agentPaths} 2>/dev/null || true; getent passwd hostpulse-agent || true`).trim();
    expect(`uninstalling leaves nothing (${left})`, left === '');
    const forgot = server.run(`sudo -u hostpulse hostpulse hosts forget web-1 --data-dir ${data}`);
    expect('forget revokes the key', forgot.includes('the key of web-1 is revoked'));
    for (const path of ['', '/pulse']) checkProxy(server, path);
    say('all passed');
  } finally {
    for (const machine of machines) await machine.remove();
    network.remove();
  }
}

await main();
