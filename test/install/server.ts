/** Checks that the server's Debian package can be installed, upgraded, rebooted and removed. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectTrue, say } from '../support/printed-checks.ts';
import type { Machine } from './machine.ts';
import { quote, until } from './report.ts';

export const dataFolder = '/var/lib/hostpulse/data';
export const configFile = '/etc/hostpulse/hostpulse.yml';
/** The folder with the packages on the machines. */
export const packagesFolder = '/packages';

export interface ListedHost {
  readonly host: string;
  readonly up: boolean;
  readonly version?: string;
}

export function installServer(server: Machine, deb: string): void {
  const startMs = performance.now();
  server.run(`apt-get install --yes --no-install-recommends ${packagesFolder}/${deb}`);
  say(`time  installation of the server: ${((performance.now() - startMs) / 1_000).toFixed(1)} s`);
  const status = server.run('systemctl status hostpulse --no-pager --lines=0');
  quote(status);
  expectTrue('"systemctl status hostpulse" says active', status.includes('Active: active (running)'));
  expectTrue('the service starts with the machine', server.succeeds('systemctl is-enabled hostpulse'));
  const page = server.run(`curl -fsS --cacert ${dataFolder}/tls/ca.pem https://${server.address}:9180/`);
  expectTrue('the machine serves the page by TLS on its address', page.includes('<div id="page">'));
  const addresses = server
    .run('ss -Hltn')
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[3] ?? '');
  const open = addresses.filter((address) => address !== '' && !/^(?:127\.|\[::1\])/.test(address));
  expectTrue(
    `only the gateway listens on an address other than loopback (${open.join(', ')})`,
    open.length === 1 && (open[0] ?? '').endsWith(':9180'),
  );
  const programs = server.run('ls -l /proc/[0-9]*/exe 2>/dev/null | grep -o "/usr/lib/hostpulse/.*" | sort -u');
  for (const program of ['node', 'prometheus', 'prometheus-alertmanager.relocated'])
    expectTrue(`the service runs ${program} from the package`, programs.includes(`/${program}\n`));
  const journal = server.run('journalctl -u hostpulse --no-pager');
  expectTrue('the journal has no login link', !journal.includes('/login?token='));
  const documents = 'zcat /usr/share/man/man1/hostpulse.1.gz; cat /usr/share/bash-completion/completions/hostpulse';
  expectTrue('a manual page and a completion are installed', server.run(documents).includes('.TH HOSTPULSE 1'));
}

export function isPageServed(server: Machine): boolean {
  return server.succeeds(
    `curl -fsS --cacert ${dataFolder}/tls/ca.pem https://${server.address}:9180/ | grep -q '<div id="page">'`,
  );
}

function get(server: Machine, path: string): unknown {
  const key = `$(cat ${dataFolder}/admin-key)`;
  const url = `https://${server.address}:9180/api/v1/${path}`;
  return JSON.parse(
    server.run(`curl -fsS --cacert ${dataFolder}/tls/ca.pem -H "Authorization: Bearer ${key}" '${url}'`),
  );
}

export function listHosts(server: Machine): readonly ListedHost[] {
  return (get(server, 'hosts') as { readonly hosts: readonly ListedHost[] }).hosts;
}

export function isHostUp(server: Machine, name: string): boolean {
  return listHosts(server).some(({ host, up }) => host === name && up);
}

/** Adds a host, and returns the command line that installs its agent. */
export function addHost(server: Machine, name: string): string {
  return server.run(`hostpulse hosts add ${name} --label env=test --data-dir ${dataFolder} 2>/dev/null`).trim();
}

/** Returns the number of stored samples of the host in the hour that ends at `timeSeconds`, in seconds since 1970. */
function countSamples(server: Machine, host: string, timeSeconds: number): number {
  return tryAsk(server, `count_over_time(node_load1{instance="${host}"}[1h])`, timeSeconds) ?? 0;
}

/** Returns whether the server has a sample of the host after the time, which is in seconds since 1970. */
function hasSampleAfter(server: Machine, host: string, timeSeconds: number): boolean {
  return tryAsk(server, `timestamp(node_load1{instance="${host}"}) > ${timeSeconds}`, nowSeconds(server)) !== undefined;
}

export function nowSeconds(machine: Machine): number {
  return Number(machine.run('date +%s'));
}

/** Returns the value of the first result, or undefined when the expression has no result. */
function tryAsk(server: Machine, expression: string, timeSeconds: number): number | undefined {
  const { data } = get(server, `query?query=${encodeURIComponent(expression)}&time=${timeSeconds}`) as {
    readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
  };
  const [first] = data.result;
  return first === undefined ? undefined : Number(first.value[1]);
}

/** Creates a copy of the package with a later version and a changed configuration file. Returns the name of the copy. */
export function laterVersion(folder: string, deb: string): string {
  const later = deb.replace('_amd64', '+later_amd64');
  if (existsSync(join(folder, later))) return later; // created by the previous run, with --keep-packages
  const work = mkdtempSync(join(folder, 'later-'));
  try {
    const tree = join(work, 'tree');
    execFileSync('dpkg-deb', ['-R', join(folder, deb), tree]);
    const control = join(tree, 'DEBIAN/control');
    writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, '$&+later'));
    const config = join(tree, configFile);
    writeFileSync(config, `${readFileSync(config, 'utf8')}# A line of the later version.\n`);
    execFileSync('dpkg-deb', ['-Zzstd', '-z1', '--root-owner-group', '-b', tree, join(folder, later)], {
      stdio: 'ignore',
    });
    return later;
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Changes a setting and upgrades the package. Checks that the upgrade keeps the setting, the hosts and the samples. */
export async function upgradeServer(server: Machine, deb: string, host: string): Promise<void> {
  server.run(`echo 'retention: {raw: 23h}' >> ${configFile} && systemctl restart hostpulse`);
  const beforeSeconds = nowSeconds(server);
  const samples = countSamples(server, host, beforeSeconds);
  const settings = server.run(`cat ${configFile}`);
  // The later version also changes the configuration file: without the option, dpkg asks which version to keep.
  server.run(`apt-get install --yes -o Dpkg::Options::=--force-confold ${packagesFolder}/${deb}`);
  expectTrue('the later version runs', server.run('dpkg-query -W hostpulse').includes('+later'));
  await until('the upgraded server answers', 60_000, () => isPageServed(server));
  expectTrue('an upgrade keeps the settings', server.run(`cat ${configFile}`) === settings);
  const kept = countSamples(server, host, beforeSeconds);
  expectTrue(`an upgrade keeps the data (${kept} samples of ${samples})`, samples > 0 && kept >= samples);
  const upgradedSeconds = nowSeconds(server);
  await until('the host pushes to the later version', 60_000, () => hasSampleAfter(server, host, upgradedSeconds));
  expectTrue('the host is up after the upgrade', isHostUp(server, host));
}

/** Reboots both machines. Checks that the samples before the reboot are kept and that new samples arrive. */
export async function rebootBoth(server: Machine, host: Machine): Promise<void> {
  const beforeSeconds = nowSeconds(server);
  const samples = countSamples(server, host.name, beforeSeconds);
  await Promise.all([server.reboot(), host.reboot()]);
  const bootedSeconds = nowSeconds(server);
  const pageSeconds = await until('the server is back', 180_000, () => isPageServed(server));
  const isBack = (): boolean => hasSampleAfter(server, host.name, bootedSeconds);
  const hostSeconds = await until('the host is back', 60_000, isBack);
  say(
    `time  from the end of the boot to the page ${pageSeconds.toFixed(1)} s, then to the host ${hostSeconds.toFixed(1)} s`,
  );
  expectTrue('the host is up after a reboot', isHostUp(server, host.name));
  expectTrue('the service is active after a reboot', server.succeeds('systemctl is-active hostpulse'));
  expectTrue('the agent is active after a reboot', host.succeeds('systemctl is-active hostpulse-agent'));
  const kept = countSamples(server, host.name, beforeSeconds);
  expectTrue(`a reboot keeps the data (${kept} samples of ${samples})`, samples > 0 && kept >= samples);
}

/** Removes the package, then purges the package. Checks that a purge leaves nothing. */
export function removeServer(server: Machine): void {
  server.run('apt-get remove --yes hostpulse');
  expectTrue('a removal stops the service', !server.succeeds('systemctl is-active hostpulse'));
  expectTrue('a removal keeps settings and data', server.succeeds(`test -f ${configFile} && test -d ${dataFolder}`));
  server.run('echo secret > /etc/hostpulse/smtp-password');
  server.run('apt-get purge --yes hostpulse');
  const kept = server.run('find /etc/hostpulse -mindepth 1').trim();
  expectTrue(`a purge keeps foreign files only (${kept})`, kept === '/etc/hostpulse/smtp-password');
  server.run('rm -r /etc/hostpulse');
  expectNothingOf(server, 'hostpulse');
}

/** Checks that the machine has no file, user, group or unit with the name. */
export function expectNothingOf(machine: Machine, name: string): void {
  const left = machine
    .run(
      `find / -xdev -name '*${name}*' -not -path '/proc/*' -not -path '/sys/*' -not -path '${packagesFolder}/*' | sort
getent passwd ${name} || true
getent group ${name} || true
systemctl list-unit-files --no-legend '${name}*' || true`,
    )
    .trim();
  expectTrue(`a purge of ${name} leaves nothing (${left})`, left === '');
}
