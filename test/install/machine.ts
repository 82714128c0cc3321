/**
 * Boots Debian machines with systemd by systemd-nspawn, connected by a bridge of this host. debootstrap creates the base system, which
 * stays in data/machines. Needs root.
 */
import { type ChildProcess, execFileSync, type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { cpSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { debianKeyring } from '../../scripts/tools/machine-tools.ts';
import { createCompleteFolder } from '../../scripts/tools/tool-folders.ts';
import { createControllers } from './machine-controllers.ts';

export interface Machine {
  readonly name: string;
  readonly address: string;
  /** Runs a shell command as root on the machine. Returns the output. Throws when the command fails. */
  run(command: string): string;
  /** Returns whether the command succeeds. */
  succeeds(command: string): boolean;
  /** Reboots, and waits until systemd has started everything. */
  reboot(): Promise<void>;
  /** Powers off and deletes the machine. */
  remove(): Promise<void>;
}

export interface MachineOptions {
  readonly folder: string;
  readonly base: string;
  readonly bridge: string;
  readonly name: string;
  /** An address in 10.213.0.0/24. */
  readonly address: string;
  /** Folders of this host that the machine can read, by their path on the machine. */
  readonly mounts?: Readonly<Record<string, string>>;
  /** More arguments of systemd-nspawn, such as `--capability=all`. */
  readonly arguments?: readonly string[];
  /** Makes systemd on the machine control CPU, memory and tasks of its units. Absent: systemd does so only if this host has only cgroup v2. */
  readonly hasControllers?: true;
}

/** Packages that most servers have and a minimal Debian lacks. */
const packages = 'systemd,systemd-sysv,dbus,iproute2,ca-certificates,curl,sudo';
/** Packages that the base system has in the cache of apt, because the machines have no internet: wget, nginx, dependencies of hostpulse. */
const cached = ['libatomic1', 'libgcc-s1', 'libstdc++6', 'wget', 'nginx-light'];
const bootLimitMs = 180_000;

/** Returns the folder of the base system. Creates the base system with debootstrap once, which takes minutes. */
export function ensureBase(folder: string): string {
  return ensureDebian(join(folder, 'debian-base'), (apt) =>
    apt('--yes', '--no-install-recommends', '--download-only', 'install', ...cached),
  );
}

/** Returns the folder of a base system in which the packages `installed` are installed. Creates the base system once, as `ensureBase` does. */
export function ensureBaseWith(folder: string, installed: readonly string[]): string {
  return ensureDebian(join(folder, `debian-${installed.join('-')}`), (apt) =>
    apt('--yes', '--no-install-recommends', 'install', ...installed),
  );
}

function ensureDebian(base: string, add: (apt: (...words: readonly string[]) => void) => void): string {
  createCompleteFolder(base, (root) => {
    process.stderr.write(`hostpulse: creating a minimal Debian in ${base} (once)\n`);
    const stdio: StdioOptions = ['ignore', 'ignore', 'inherit'];
    const args = ['--variant=minbase', `--include=${packages}`, `--keyring=${debianKeyring()}`, 'bookworm', root];
    execFileSync('debootstrap', args, { stdio });
    const apt = (...words: readonly string[]): void =>
      void execFileSync('chroot', [root, 'apt-get', '-qq', ...words], { stdio });
    apt('update');
    add(apt);
  });
  return base;
}

export function createBridge(name: string, address: string): { remove(): void } {
  const ip = (...args: readonly string[]): unknown => spawnSync('ip', args, { stdio: 'ignore' });
  ip('link', 'delete', name);
  execFileSync('ip', ['link', 'add', name, 'type', 'bridge']);
  execFileSync('ip', ['address', 'add', `${address}/24`, 'dev', name]);
  execFileSync('ip', ['link', 'set', name, 'up']);
  return { remove: () => void ip('link', 'delete', name) };
}

/** Copies the base system, boots the copy, and waits until systemd has started everything. Removes the machine when a step fails. */
export async function bootMachine(options: MachineOptions): Promise<Machine> {
  const { folder, base, bridge, name, address, mounts = {}, arguments: more = [], hasControllers } = options;
  const root = join(folder, name);
  rmSync(root, { recursive: true, force: true });
  cpSync(base, root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  writeFileSync(join(root, 'etc/hostname'), `${name}\n`);
  writeFileSync(join(root, 'etc/machine-id'), '');
  const network = `[Match]\nName=host0\n[Network]\nAddress=${address}/24\n`;
  // Sorted before systemd's own file for host0, which asks for an address by DHCP.
  writeFileSync(join(root, 'etc/systemd/network/10-host0.network'), network);
  execFileSync('chroot', [root, 'systemctl', 'enable', '-q', 'systemd-networkd']);
  const binds = Object.entries(mounts).map(([place, source]) => `--bind-ro=${source}:${place}`);
  const args = [
    '-q',
    '-b',
    '-D',
    root,
    '--register=no',
    '--keep-unit',
    `--network-bridge=${bridge}`,
    `--machine=${name}`,
    ...more,
  ];
  const controllers = hasControllers ? createControllers(name) : undefined;
  const start = (): ChildProcess => {
    const command = ['systemd-nspawn', ...args, '--console=pipe', ...binds];
    const [program = '', ...words] = controllers?.enter(command) ?? command;
    return spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  };
  let child = start();

  const inside = (command: string): readonly string[] => {
    const leader = leaderOf(child);
    if (leader === undefined) throw new Error(`${name} is not running`);
    const environment = [
      'env',
      '-i',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'HOME=/root',
    ];
    return ['-t', leader, '-m', '-u', '-i', '-n', '-p', '-C', '-r', '-w', ...environment, 'sh', '-c', command];
  };
  const attempt = (command: string) => spawnSync('nsenter', inside(command), { encoding: 'utf8', timeout: 300_000 });

  async function booted(): Promise<void> {
    const deadline = Date.now() + bootLimitMs;
    for (;;) {
      await sleep(500);
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
      const state = leaderOf(child) === undefined ? '' : attempt('systemctl is-system-running').stdout.trim();
      if (state === 'running' || state === 'degraded') return;
      if (Date.now() > deadline) throw new Error(`${name} did not boot; its state is "${state}"`);
    }
  }

  const machine: Machine = {
    name,
    address,
    run(command) {
      const { status, stdout, stderr } = attempt(command);
      if (status === 0) return stdout;
      throw new Error(`${name}: ${command}\nended with ${status}\n${stdout}${stderr}`);
    },
    succeeds: (command) => attempt(command).status === 0,
    async reboot() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      attempt('systemctl reboot');
      await ended; // with --keep-unit, systemd-nspawn ends at a reboot, and its caller starts it again
      child = start();
      await booted();
    },
    async remove() {
      if (child.exitCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        if (leaderOf(child) === undefined) child.kill('SIGKILL');
        else attempt('systemctl poweroff --force --force');
        await Promise.race([ended, sleep(20_000)]);
        if (child.exitCode === null) child.kill('SIGKILL');
      }
      controllers?.remove();
      rmSync(root, { recursive: true, force: true });
      rmSync(join('/run/systemd/nspawn/propagate', name), { recursive: true, force: true }); // left by a reboot
    },
  };
  try {
    await booted();
    if (controllers !== undefined) machine.run(controllers.allow);
    return machine;
  } catch (error) {
    await machine.remove();
    throw error;
  }
}

/**
 * Returns the PID that the machine's PID 1 has on this host. Returns undefined until systemd-nspawn has a child with namespaces other
 * than the namespaces of this host.
 */
function leaderOf({ pid }: ChildProcess): string | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    const own = readlinkSync('/proc/self/ns/pid');
    return children.find((child) => child !== '' && readlinkSync(`/proc/${child}/ns/pid`) !== own);
  } catch {
    return undefined; // the machine has ended
  }
}
