/**
 * Debian machines with systemd, booted by systemd-nspawn on a bridge of this host. The base system comes from debootstrap and is
 * kept below data/machines. Needs root.
 */
import { type ChildProcess, execFileSync, type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { debianKeyring } from '../../scripts/tools/machine-tools.ts';

export interface Machine {
  readonly name: string;
  readonly address: string;
  /** Runs a shell command as root inside; returns its output. Throws when it fails. */
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
  /** In 10.213.0.0/24. */
  readonly address: string;
  /** Folders of this host by their place inside; read-only. */
  readonly mounts?: Readonly<Record<string, string>>;
}

/** Packages of a server beside the minimal system. */
const packages = 'systemd,systemd-sysv,dbus,iproute2,ca-certificates,curl,sudo';
/** Packages that apt finds in its cache on machines without internet: what the packages of hostpulse depend on, wget, nginx. */
const cached = ['libatomic1', 'libgcc-s1', 'libstdc++6', 'wget', 'nginx-light'];
const bootLimitMs = 180_000;

/** Returns the folder of the base system. Runs debootstrap once. */
export function ensureBase(folder: string): string {
  const base = join(folder, 'debian-base');
  if (existsSync(base)) return base;
  process.stderr.write(`hostpulse: creating a minimal Debian in ${base} (once, three minutes)\n`);
  mkdirSync(folder, { recursive: true });
  const partial = `${base}.partial`;
  rmSync(partial, { recursive: true, force: true });
  const stdio: StdioOptions = ['ignore', 'ignore', 'inherit'];
  const args = ['--variant=minbase', `--include=${packages}`, `--keyring=${debianKeyring()}`, 'bookworm', partial];
  execFileSync('debootstrap', args, { stdio });
  execFileSync('chroot', [partial, 'apt-get', '-qq', 'update'], { stdio });
  execFileSync(
    'chroot',
    [partial, 'apt-get', '-qq', '--yes', '--no-install-recommends', '--download-only', 'install', ...cached],
    { stdio },
  );
  renameSync(partial, base);
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

/** Copies the base system and boots it. */
export async function bootMachine(options: MachineOptions): Promise<Machine> {
  const { folder, base, bridge, name, address, mounts = {} } = options;
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
  ];
  const start = (): ChildProcess =>
    spawn('systemd-nspawn', [...args, '--console=pipe', ...binds], { stdio: ['ignore', 'ignore', 'inherit'] });
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
    return ['-t', leader, '-m', '-u', '-i', '-n', '-p', '-r', '-w', ...environment, 'sh', '-c', command];
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
      await ended; // with --keep-unit, the program that started systemd-nspawn starts it again
      child = start();
      await booted();
    },
    async remove() {
      if (child.exitCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        attempt('systemctl poweroff --force --force');
        await Promise.race([ended, sleep(20_000)]);
        if (child.exitCode === null) child.kill('SIGKILL');
      }
      rmSync(root, { recursive: true, force: true });
    },
  };
  await booted();
  return machine;
}

/** Returns the process that is PID 1 inside. */
function leaderOf({ pid }: ChildProcess): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0] || undefined;
  } catch {
    return undefined; // the machine has ended
  }
}
