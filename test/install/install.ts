/**
 * `npm run test:install`: a server and a host as minimal Debian machines. The server's Debian package is installed on the first; the
 * line of `hostpulse hosts add` installs the agent on the second. Upgrade, reboot, nginx, unusual systems, removal and purge
 * follow. Prints the time from the line to the host on the page. Needs root.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../scripts/run-command.ts';
import {
  installAgentDeb,
  installByLine,
  installOnUnusualSystems,
  refuseMusl,
  uninstallByLine,
  upgradeByWget,
} from './agent.ts';
import { bootMachine, createBridge, ensureBase, type Machine } from './machine.ts';
import { checkProxy } from './proxy.ts';
import { expect, say, until } from './report.ts';
import {
  installServer,
  isHostUp,
  isPageServed,
  laterVersion,
  packagesFolder,
  removeServer,
  upgradeServer,
} from './server.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'data/machines');
const packages = join(folder, 'packages');
const bridge = 'hostpulse0';
const hostLimitSeconds = 10;

/** Builds the packages, unless `--keep-packages` takes those of the last run. Returns their names. */
async function buildPackages(): Promise<{ readonly server: string; readonly agent: string }> {
  const isKept = process.argv.includes('--keep-packages');
  if (!isKept) {
    rmSync(packages, { recursive: true, force: true });
    mkdirSync(packages, { recursive: true });
    const only = ['--only', 'server-deb-linux-x64', '--only', 'deb-linux-x64'];
    await run('node', [join(root, 'scripts/launch.cjs'), 'package', ...only, '--out', packages]);
  }
  const names = readdirSync(packages);
  const find = (pattern: RegExp): string => {
    const found = names.find((name) => pattern.test(name));
    if (found === undefined) throw new Error(`no package ${pattern.source} in ${packages}`);
    return found;
  };
  return { server: find(/^hostpulse_[^+]*_amd64\.deb$/), agent: find(/^hostpulse-agent_.*_amd64\.deb$/) };
}

async function main(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('the machines need root: sudo npm run test:install');
  const base = ensureBase(folder);
  const debs = await buildPackages();
  const later = laterVersion(packages, debs.server);
  const network = createBridge(bridge, '10.213.0.1');
  const machines: Machine[] = [];
  const boot = async (name: string, last: number): Promise<Machine> => {
    const address = `10.213.0.${last}`;
    const machine = await bootMachine({ folder, base, bridge, name, address, mounts: { [packagesFolder]: packages } });
    machines.push(machine);
    return machine;
  };
  try {
    const server = await boot('server', 2);
    const host = await boot('web-1', 3);
    installServer(server, debs.server);
    const { line, seconds } = await installByLine(server, host);
    await upgradeServer(server, later, host.name);

    await Promise.all([server.reboot(), host.reboot()]);
    await until('the server is back', 180_000, () => isPageServed(server));
    await until('the host is back', 60_000, () => isHostUp(server, host.name));
    expect('both are back after a reboot', isHostUp(server, host.name));

    upgradeByWget(host, line);
    uninstallByLine(server, host, line);
    await installOnUnusualSystems(server, host);
    refuseMusl(folder, server.run(`curl -fsSk https://${server.address}:9180/install`));
    await installAgentDeb(host, debs.agent);
    checkProxy(server);
    removeServer(server);
    // Last, because a busy machine misses the limit: the other results count all the same.
    expect('the host was on the page within ten seconds', seconds <= hostLimitSeconds);
    say('all passed');
  } finally {
    for (const machine of machines) await machine.remove();
    network.remove();
  }
}

await main();
