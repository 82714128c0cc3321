/** The agent on its machine: installed by the line, upgraded, removed, and installed where something is different. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackages } from '../../scripts/tools/debian-packages.ts';
import type { Machine } from './machine.ts';
import { expect, quote, say, until } from './report.ts';
import { addHost, dataFolder, expectNothingOf, isHostUp, packagesFolder } from './server.ts';

export interface InstalledHost {
  readonly line: string;
  /** From the line to the host on the page. */
  readonly seconds: number;
}

const waitLimitMs = 60_000;

/** Runs the line as a user who may use sudo, and prints the time until the host is on the page. */
export async function installByLine(server: Machine, host: Machine): Promise<InstalledHost> {
  host.run(`useradd --create-home ops && echo 'ops ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/ops`);
  const line = addHost(server, host.name);
  expect('the line is pinned', line.includes("--pinnedpubkey 'sha256//"));
  const wrong = line.replace(/sha256\/\/..../, 'sha256//AAAA');
  expect('a wrong pin runs nothing', host.succeeds(`${wrong}; test ! -e /etc/hostpulse-agent`));
  const withoutSudo = line.replace('sudo sh', 'sh');
  expect(
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
  expect('the key is readable by the agent only', mode === '600 hostpulse-agent');
  const away = 'mv /etc/hostpulse-agent/key /root/key';
  const back = 'mv /root/key /etc/hostpulse-agent/key';
  expect('the token is used up', !host.succeeds(`${away} && { ${line}; status=$?; ${back}; exit $status; }`));
  expect('the same line upgrades', host.run(line).includes('Upgraded'));
  const outdated = server.run(`hostpulse hosts outdated --data-dir ${dataFolder}`);
  expect('no agent is outdated', outdated.startsWith('every agent has'));
  return { line, seconds };
}

/** Runs the line where there is wget and no curl. */
export function upgradeByWget(host: Machine, line: string): void {
  host.run('apt-get install --yes --no-install-recommends wget && mv /usr/bin/curl /usr/bin/curl.away');
  const wget = line.replace("curl -fsSk --pinnedpubkey '", "wget -qO- --no-check-certificate --pinnedpubkey='");
  expect('wget upgrades where there is no curl', host.run(wget).includes('Upgraded'));
  host.run('mv /usr/bin/curl.away /usr/bin/curl');
}

export function uninstallByLine(server: Machine, host: Machine, line: string): void {
  host.run(line.replace(/hpe_\S+/, '--uninstall'));
  expectNothingOf(host, 'hostpulse-agent');
  const forgot = server.run(`sudo -u hostpulse hostpulse hosts forget ${host.name} --data-dir ${dataFolder}`);
  expect('forget revokes the key', forgot.includes(`the key of ${host.name} is revoked`));
}

/** Installs by the line where /usr is read-only, then where there is no systemd, and removes the agent each time. */
export async function installOnUnusualSystems(server: Machine, host: Machine): Promise<void> {
  const readOnly = addHost(server, 'read-only');
  const onReadOnly = host.run(inNamespace('mount --bind /usr /usr && mount -o remount,ro,bind /usr', readOnly));
  expect('with a read-only /usr, the agent is in /opt', onReadOnly.includes('program /opt/hostpulse-agent/bin/'));
  expect('that agent pushes', isHostUp(server, 'read-only'));
  host.run(readOnly.replace(/hpe_\S+/, '--uninstall'));
  expectNothingOf(host, 'hostpulse-agent');

  const bare = addHost(server, 'no-systemd');
  const said = host.run(inNamespace('mount -t tmpfs none /run/systemd', bare));
  const command = /^ {4}(\/\S.*)$/m.exec(said)?.[1] ?? '';
  expect(`without systemd, the script prints the command to run (${command})`, command.includes('--config.file='));
  host.run(`setsid sudo -u hostpulse-agent ${command} > /dev/null 2>&1 < /dev/null & echo started`);
  await until('the agent that was started by hand pushes', 30_000, () => isHostUp(server, 'no-systemd'));
  host.run(`for exe in /proc/[0-9]*/exe; do
  [ "$(readlink $exe)" != /usr/local/bin/hostpulse-agent ] || kill "$(basename "$(dirname $exe)")" 2>/dev/null || true
done; sleep 2`);
  host.run(bare.replace(/hpe_\S+/, '--uninstall'));
  expectNothingOf(host, 'hostpulse-agent');
}

/** Runs the script in a root that has musl and BusyBox as Alpine has, and no glibc. */
export function refuseMusl(folder: string, script: string): void {
  const root = join(folder, 'musl');
  if (!existsSync(join(root, 'bin', 'sh'))) {
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
  expect('on musl, the script ends with 1', status === 1);
  expect('on musl, the script names an exporter to install', stderr.includes('apk add prometheus-node-exporter'));
  expect('on musl, the script installs nothing', !existsSync(join(root, 'etc', 'hostpulse-agent')));
}

/** Installs the Debian package of the agent, scrapes it, and removes it. */
export async function installAgentDeb(host: Machine, deb: string): Promise<void> {
  host.run(`apt-get install --yes --no-install-recommends ${packagesFolder}/${deb}`);
  const scrape = 'curl -fsS http://127.0.0.1:9100/metrics | grep -q ^node_load1';
  await until("the package's agent answers", 10_000, () => host.succeeds(scrape));
  host.run('echo "# mine" >> /etc/hostpulse-agent/agent.yml');
  host.run('apt-get remove --yes hostpulse-agent');
  expect('a removal keeps the settings', host.succeeds('grep -q mine /etc/hostpulse-agent/agent.yml'));
  host.run('apt-get purge --yes hostpulse-agent');
  expectNothingOf(host, 'hostpulse-agent');
}

function asUser(line: string): string {
  return `su ops -c ${quoted(line)}`;
}

/** Runs the line in a mount namespace after the preparation. */
function inNamespace(preparation: string, line: string): string {
  return `unshare --mount sh -c ${quoted(`${preparation} && ${line}`)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function outputOf(host: Machine, command: string): string {
  return host.run(`${command} 2>&1 || true`);
}
