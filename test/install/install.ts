/**
 * Tests the packages of server and agent on two minimal Debian machines: `npm run test:install`, as root.
 *
 * The test installs the Debian package of the server on one machine. On the other machine, the test installs the agent with the command
 * line that `hostpulse hosts add` prints, and prints the seconds until the server lists the host. Further steps check upgrade, reboot,
 * nginx, unusual systems, removal and purge.
 *
 * `-- --keep-packages` uses the packages of the previous run. `-- --only reboot,nginx` runs these steps and the steps that they need.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inspect, parseArgs } from 'node:util';
import { run } from '../../scripts/run-command.ts';
import { expectTrue, say } from '../support/printed-checks.ts';
import { bootMachine, createBridge, ensureBase, type Machine } from './machine.ts';
import { packagesFolder } from './server.ts';
import { chooseSteps, type Scene, type Step } from './steps.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'data/machines');
const packages = join(folder, 'packages');
const bridge = 'hostpulse0';
const hostLimitSeconds = 10;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'keep-packages': { type: 'boolean' }, only: { type: 'string' } } });
  const chosen = chooseSteps(values.only?.split(',') ?? []);
  if (process.getuid?.() !== 0) throw new Error('the machines need root: sudo npm run test:install');
  const base = ensureBase(folder);
  if (values['keep-packages'] !== true) await buildPackages();
  const debs = findPackages();
  const network = createBridge(bridge, '10.213.0.1');
  const machines: Machine[] = [];
  const boot = async (name: string, last: number): Promise<Machine> => {
    const address = `10.213.0.${last}`;
    const machine = await bootMachine({ folder, base, bridge, name, address, mounts: { [packagesFolder]: packages } });
    machines.push(machine);
    return machine;
  };
  try {
    const scene: Scene = { server: await boot('server', 2), host: await boot('web-1', 3), debs, packages, folder };
    const failed = await runSteps(chosen, scene);
    if (failed.length > 0) throw new Error(`failed: ${failed.join(', ')}`);
    // Checked last: a busy machine exceeds the limit, and the results of the other steps are still printed.
    const { installed } = scene;
    if (installed !== undefined)
      expectTrue('the host was on the page within ten seconds', installed.seconds <= hostLimitSeconds);
    say(`passed: ${chosen.map(({ name }) => name).join(', ')}`);
  } finally {
    for (const machine of machines) await machine.remove();
    network.remove();
  }
}

/** Returns the names of the steps that failed, and of the steps that did not run because they need a failed step. */
async function runSteps(chosen: readonly Step[], scene: Scene): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const step of chosen) {
    const missing = step.needs.find((need) => failed.includes(need));
    if (missing !== undefined) say(`skip  ${step.name}: needs ${missing}`);
    const isPassed = missing === undefined && (await tryStep(step, scene));
    if (!isPassed) failed.push(step.name);
  }
  return failed;
}

async function tryStep({ name, run: runStep }: Step, scene: Scene): Promise<boolean> {
  say(`step  ${name}`);
  const startMs = performance.now();
  try {
    await runStep(scene);
    say(`time  step ${name}: ${((performance.now() - startMs) / 1_000).toFixed(1)} s`);
    return true;
  } catch (error) {
    say(`FAIL  ${name}`);
    process.stderr.write(`${inspect(error)}\n`);
    return false;
  }
}

async function buildPackages(): Promise<void> {
  rmSync(packages, { recursive: true, force: true });
  mkdirSync(packages, { recursive: true });
  const only = ['--only', 'server-deb-linux-x64', '--only', 'deb-linux-x64'];
  await run('node', [join(root, 'scripts/launch.cjs'), 'package', ...only, '--out', packages]);
}

function findPackages(): Scene['debs'] {
  const names = readdirSync(packages);
  const find = (pattern: RegExp): string => {
    const found = names.find((name) => pattern.test(name));
    if (found === undefined) throw new Error(`no package ${pattern.source} in ${packages}`);
    return found;
  };
  return { server: find(/^hostpulse_[^+]*_amd64\.deb$/), agent: find(/^hostpulse-agent_.*_amd64\.deb$/) };
}

await main();
