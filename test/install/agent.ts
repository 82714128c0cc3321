/** Checks that the agent can be installed, upgraded and removed, also on machines without curl, systemd or a writable /usr. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackages } from '../../scripts/tools/debian-packages.ts';
import { expectTrue, say } from '../support/printed-checks.ts';
import type { Machine } from './machine.ts';
import { quote, until } from './report.ts';
import { addHost, dataFolder, expectNothingOf, isHostUp, packagesFolder } from './server.ts';

export interface InstalledHost {
  readonly line: string;
  /** Seconds from the start of the install line until the server lists the host as up. */
  readonly seconds: number;
}

const waitLimitMs = 60_000;

/** Runs the install line as a user with sudo, and prints the seconds until the server lists the host as up. */
export async function installByLine(server: Machine, host: Machine): Promise<InstalledHost> {
  host.run(`useradd --create-home ops && echo 'ops ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/ops`);
  const line = addHost(server, host.name);
  expectTrue('the line is pinned', line.includes("--pinnedpubkey 'sha256//"));
  const wrong = line.replace(/sha256\/\/..../, 'sha256//AAAA');
  expectTrue('curl with a wrong pin runs nothing', host.succeeds(`${wrong}; test ! -e /etc/hostpulse-agent`));
  const withoutSudo = line.replace('sudo sh', 'sh');
  expectTrue(
    'without sudo, the script asks for it',
    outputOf(host, asUser(withoutSudo)).includes('put "sudo" before "sh"'),
  );
  const startMs = performance.now();
  const said = host.run(asUser(line));
  const scriptSeconds = (performance.now() - startMs) / 1_000;
  quote(said);
  await until('the host is on the page', waitLimitMs, () => isHostUp(server, host.name));
  const seconds = (performance.now() - startMs) / 1_000;
  say(
    `time  from the line to the host on the page: ${seconds.toFixed(1)} s (the script: ${scriptSeconds.toFixed(1)} s)`,
  );
  const mode = host.run('stat -c "%a %U" /etc/hostpulse-agent/key').trim();
  expectTrue('only the agent can read the key', mode === '600 hostpulse-agent');
  const away = 'mv /etc/hostpulse-agent/key /root/key';
  const back = 'mv /root/key /etc/hostpulse-agent/key';
  expectTrue(
    'a token cannot be used twice',
    !host.succeeds(`${away} && { ${line}; status=$?; ${back}; exit $status; }`),
  );
  expectTrue('the same line upgrades', host.run(line).includes('Upgraded'));
  const outdated = server.run(`hostpulse hosts outdated --data-dir ${dataFolder}`);
  expectTrue('no agent is outdated', outdated.startsWith('every agent has'));
  return { line, seconds };
}

/** Runs the documented install line for wget on a machine without curl, upgrades the agent, and removes the agent. */
export async function installByWget(server: Machine, host: Machine): Promise<void> {
  host.run('apt-get install --yes --no-install-recommends wget && mv /usr/bin/curl /usr/bin/curl.away');
  try {
    const line = addHost(server, 'by-wget').replace(
      "curl -fsSk --pinnedpubkey '",
      "wget -qO- --no-check-certificate --pinnedpubkey='",
    );
    const wrong = line.replace(/sha256\/\/..../, 'sha256//AAAA');
    expectTrue('wget with a wrong pin runs nothing', host.succeeds(`${wrong}; test ! -e /etc/hostpulse-agent`));
    expectTrue('wget installs where there is no curl', host.run(line).includes('Installed'));
    await until('the host that was added by wget is up', waitLimitMs, () => isHostUp(server, 'by-wget'));
    expectTrue('wget upgrades where there is no curl', host.run(line).includes('Upgraded'));
    host.run(uninstallLine(line));
    expectNothingOf(host, 'hostpulse-agent');
  } finally {
    host.run('mv /usr/bin/curl.away /usr/bin/curl');
  }
}

export function uninstallByLine(server: Machine, host: Machine, line: string): void {
  host.run(uninstallLine(line));
  expectNothingOf(host, 'hostpulse-agent');
  const forgot = server.run(`sudo -u hostpulse hostpulse hosts forget ${host.name} --data-dir ${dataFolder}`);
  expectTrue('forget revokes the key', forgot.includes(`the key of ${host.name} is revoked`));
}

/** Runs the install line on a machine with a read-only /usr, and removes the agent. Installs the agent's libraries before. */
export async function installOnReadOnly(server: Machine, host: Machine): Promise<void> {
  host.run('apt-get install --yes --no-install-recommends libatomic1 libstdc++6');
  const line = addHost(server, 'read-only');
  const readOnly = 'mount --bind /usr /usr && mount -o remount,ro,bind /usr && ! touch /usr/local/bin/any 2>/dev/null';
  const said = host.run(inNamespace(readOnly, line));
  expectTrue('with a read-only /usr, the agent is in /opt', said.includes('program /opt/hostpulse-agent/bin/'));
  await until('the agent in /opt pushes', waitLimitMs, () => isHostUp(server, 'read-only'));
  host.run(inNamespace(readOnly, uninstallLine(line)));
  expectNothingOf(host, 'hostpulse-agent');
}

/** Runs the install line without systemd, starts the agent with the printed command, and removes the agent while it runs. */
export async function installWithoutSystemd(server: Machine, host: Machine): Promise<void> {
  const line = addHost(server, 'no-systemd');
  const hidden = 'mount -t tmpfs none /run/systemd';
  const said = host.run(inNamespace(hidden, line));
  quote(said);
  const command = /^ {4}(\/\S.*)$/m.exec(said)?.[1] ?? '';
  expectTrue(`without systemd, the script prints the command to run (${command})`, command.includes('--config.file='));
  host.run(`setsid sudo -u hostpulse-agent ${command} > /dev/null 2>&1 < /dev/null & echo started`);
  await until('the agent that was started by hand pushes', waitLimitMs, () => isHostUp(server, 'no-systemd'));
  host.run(inNamespace(hidden, uninstallLine(line)));
  expectTrue('the removal stops the agent', !host.succeeds('ls -l /proc/[0-9]*/exe | grep -q hostpulse-agent'));
  expectNothingOf(host, 'hostpulse-agent');
}

/** Checks that the script refuses a system with musl: a root with musl and BusyBox, like Alpine, and without glibc. */
export function refuseMusl(folder: string, script: string): void {
  const root = join(folder, 'musl');
  // `lstat`: the link `bin/sh` points to a path that exists only inside the root.
  if (lstatSync(join(root, 'bin', 'sh'), { throwIfNoEntry: false }) === undefined) {
    rmSync(root, { recursive: true, force: true });
    for (const name of ['bin', 'dev', 'tmp']) mkdirSync(join(root, name), { recursive: true });
    execFileSync('mknod', [join(root, 'dev', 'null'), 'c', '1', '3']);
    unpackDebianPackages({ root, alone: ['musl', 'busybox-static'], whole: [] });
    const program = existsSync(join(root, 'bin', 'busybox')) ? '/bin/busybox' : '/usr/bin/busybox';
    const { status, stderr } = spawnSync('chroot', [root, program, '--install', '-s', '/bin'], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`BusyBox cannot be installed in ${root}: ${stderr}`);
  }
  const args = [root, '/bin/sh', '-s', '--', 'hpe_token'];
  const { status, stdout, stderr } = spawnSync('chroot', args, { input: script, encoding: 'utf8' });
  quote(stdout + stderr);
  expectTrue('on musl, the script ends with 1', status === 1);
  expectTrue('on musl, the script names an exporter to install', stderr.includes('apk add prometheus-node-exporter'));
  expectTrue('on musl, the script installs nothing', !existsSync(join(root, 'etc', 'hostpulse-agent')));
}

/** Installs the Debian package of the agent, scrapes it, and removes it. */
export async function installAgentDeb(host: Machine, deb: string): Promise<void> {
  host.run(`apt-get install --yes --no-install-recommends ${packagesFolder}/${deb}`);
  const scrape = 'curl -fsS http://127.0.0.1:9100/metrics | grep -q ^node_load1';
  await until("the package's agent answers", 10_000, () => host.succeeds(scrape));
  host.run('echo "# mine" >> /etc/hostpulse-agent/agent.yml');
  host.run('apt-get remove --yes hostpulse-agent');
  expectTrue('a removal keeps the settings', host.succeeds('grep -q mine /etc/hostpulse-agent/agent.yml'));
  host.run('apt-get purge --yes hostpulse-agent');
  expectNothingOf(host, 'hostpulse-agent');
}

/** Returns the install line with `--uninstall` instead of the token. */
function uninstallLine(line: string): string {
  return line.replace(/hpe_\S+/, '--uninstall');
}

function asUser(line: string): string {
  return `su ops -c ${quoted(line)}`;
}

/** Returns a command that runs the preparation and the line in a mount namespace. */
function inNamespace(preparation: string, line: string): string {
  return `unshare --mount sh -c ${quoted(`${preparation} && ${line}`)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function outputOf(host: Machine, command: string): string {
  return host.run(`${command} 2>&1 || true`);
}
