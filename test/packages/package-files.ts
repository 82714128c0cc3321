/** Unpacks packages, and reads them with the programs of their distributions. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensureRpm } from '../../scripts/tools/rpm.ts';
import { expectEqual } from './report.ts';

/** Unpacks an archive with one folder. Returns the folder with its content. */
export function unpackArchive(archive: string, target: string): string {
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['xzf', archive, '-C', target, '--strip-components=1']);
  return target;
}

/** Returns the bytes of all files below the path. */
export function sizeOf(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

/** Expects what dpkg needs. Returns the dependencies. */
export function checkDeb(file: string): string {
  const field = (name: string): string =>
    execFileSync('dpkg-deb', ['--field', file, name], { encoding: 'utf8' }).trim();
  const contents = execFileSync('dpkg-deb', ['--contents', file], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  for (const path of ['usr/share/man/man1/', 'usr/share/bash-completion/', '.cdx.json', '.service'])
    if (!contents.includes(path)) throw new Error(`the package has no ${path}`);
  const depends = field('Depends');
  if (!depends.includes('libatomic1')) throw new Error(`expected libatomic1 among the dependencies: ${depends}`);
  return depends;
}

/** Installs the package into an empty root with rpm and verifies the installed files. Returns the size of the files. */
export function checkRpm(file: string, root: string): string {
  const { command, environment } = ensureRpm();
  mkdirSync(root, { recursive: true });
  const rpm = (...args: readonly string[]): string =>
    execFileSync(command, [...args], {
      encoding: 'utf8',
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const info = rpm('-qip', file);
  if (!/^Name +: hostpulse-agent$/m.test(info)) throw new Error(`rpm reads another name:\n${info}`);
  if (!rpm('-qp', '--requires', file).includes('libatomic.so.1()(64bit)')) throw new Error('libatomic is not required');
  expectEqual(rpm('-qpc', file).trim(), '/etc/hostpulse-agent/agent.yml');
  const into = ['--root', root];
  rpm(...into, '--ignorearch', '--install', '--test', '--nodeps', file);
  rpm(...into, '--ignorearch', '--install', '--nodeps', '--noscripts', file);
  expectEqual(rpm(...into, '--verify', '--nodeps', 'hostpulse-agent'), '');
  rpm(...into, '--erase', '--nodeps', '--noscripts', 'hostpulse-agent');
  const left = ['etc/hostpulse-agent', 'usr/bin/hostpulse-agent'].filter((path) =>
    statSync(join(root, path), { throwIfNoEntry: false }),
  );
  expectEqual(left.join(', '), '');
  return rpm('-qp', '--queryformat', '%{SIZE} bytes installed', file);
}
