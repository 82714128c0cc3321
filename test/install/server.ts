/** The server on its machine: installed from the Debian package, asked over its API and its commands. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.ts';
import { expect, quote, say, until } from './report.ts';

export const dataFolder = '/var/lib/hostpulse/data';
export const configFile = '/etc/hostpulse/hostpulse.yml';
/** Where the machines see the packages. */
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
  expect('"systemctl status hostpulse" says active', status.includes('Active: active (running)'));
  expect('the service starts with the machine', server.succeeds('systemctl is-enabled hostpulse'));
  const page = server.run(`curl -fsS --cacert ${dataFolder}/tls/ca.pem https://${server.address}:9180/`);
  expect('the page answers on the address of the machine by TLS', page.includes('<div id="page">'));
  const addresses = server
    .run('ss -Hltn')
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[3] ?? '');
  const open = addresses.filter((address) => address !== '' && !/^(?:127\.|\[::1\])/.test(address));
  expect(
    `only the gateway leaves loopback (${open.join(', ')})`,
    open.length === 1 && (open[0] ?? '').endsWith(':9180'),
  );
  const programs = server.run('ls -l /proc/[0-9]*/exe 2>/dev/null | grep -o "/usr/lib/hostpulse/.*" | sort -u');
  for (const program of ['node', 'prometheus', 'prometheus-alertmanager.relocated'])
    expect(`the service runs the ${program} of the package`, programs.includes(`/${program}\n`));
  const journal = server.run('journalctl -u hostpulse --no-pager');
  expect('the journal has no login link', !journal.includes('/login?token='));
  const documents = 'zcat /usr/share/man/man1/hostpulse.1.gz; cat /usr/share/bash-completion/completions/hostpulse';
  expect('a manual page and a completion are installed', server.run(documents).includes('.TH HOSTPULSE 1'));
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

/** Returns the line that installs the agent. */
export function addHost(server: Machine, name: string): string {
  return server.run(`hostpulse hosts add ${name} --label env=test --data-dir ${dataFolder} 2>/dev/null`).trim();
}

/** Returns how many samples of the host the server has at a time, in seconds since 1970. */
export function countSamples(server: Machine, host: string, timeSeconds: number): number {
  const query = encodeURIComponent(`count_over_time(node_load1{instance="${host}"}[1h])`);
  const { data } = get(server, `query?query=${query}&time=${timeSeconds}`) as {
    readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
  };
  return Number(data.result[0]?.value[1] ?? 0);
}

/** Returns the name of a copy of the package with a later version and a changed configuration file. */
export function laterVersion(folder: string, deb: string): string {
  const later = deb.replace('_amd64', '+later_amd64');
  if (existsSync(join(folder, later))) return later; // of the last run, with --keep-packages
  const work = mkdtempSync(join(folder, 'later-'));
  try {
    const tree = join(work, 'tree');
    execFileSync('dpkg-deb', ['-R', join(folder, deb), tree]);
    const control = join(tree, 'DEBIAN/control');
    writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, '$&+later'));
    const config = join(tree, configFile);
    writeFileSync(config, `${readFileSync(config, 'utf8')}# A line of the later version.\n`);
    execFileSync('dpkg-deb', ['-Zgzip', '-z1', '--root-owner-group', '-b', tree, join(folder, later)], {
      stdio: 'ignore',
    });
    return later;
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Changes a setting, upgrades, and expects the setting, the hosts and the samples to be there. */
export async function upgradeServer(server: Machine, deb: string, host: string): Promise<void> {
  server.run(`echo 'retention: {raw: 23h}' >> ${configFile} && systemctl restart hostpulse`);
  const nowSeconds = Number(server.run('date +%s'));
  const samples = countSamples(server, host, nowSeconds);
  const settings = server.run(`cat ${configFile}`);
  // The later version has another configuration file as well: dpkg would ask which to keep.
  server.run(`apt-get install --yes -o Dpkg::Options::=--force-confold ${packagesFolder}/${deb}`);
  expect('the later version runs', server.run('dpkg-query -W hostpulse').includes('+later'));
  await until('the upgraded server answers', 60_000, () => isPageServed(server));
  expect('an upgrade keeps the settings', server.run(`cat ${configFile}`) === settings);
  const kept = countSamples(server, host, nowSeconds);
  expect(`an upgrade keeps the data (${kept} samples of ${samples})`, samples > 0 && kept === samples);
  await until('the host is up after the upgrade', 60_000, () => isHostUp(server, host));
}

/** Removes, then purges the package. */
export function removeServer(server: Machine): void {
  server.run('apt-get remove --yes hostpulse');
  expect('a removal stops the service', !server.succeeds('systemctl is-active hostpulse'));
  expect('a removal keeps settings and data', server.succeeds(`test -f ${configFile} && test -d ${dataFolder}`));
  server.run('apt-get purge --yes hostpulse');
  expectNothingOf(server, 'hostpulse');
}

/** Expects no file, user, group or unit with the name. */
export function expectNothingOf(machine: Machine, name: string): void {
  const left = machine
    .run(
      `find / -xdev -name '*${name}*' -not -path '/proc/*' -not -path '/sys/*' -not -path '${packagesFolder}/*' | sort
getent passwd ${name} || true
getent group ${name} || true
systemctl list-unit-files --no-legend '${name}*' || true`,
    )
    .trim();
  expect(`a purge of ${name} leaves nothing (${left})`, left === '');
}
