/** Checks that the real programs accept the arguments in docker-compose.yml and deploy/. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { binaryPath } from './binaries.ts';
import { programEnvironment } from './program-environment.ts';

const entry = join(import.meta.dirname, '../../bin/hostpulse.ts');
/** Names of the executables in different distributions. */
const names: Readonly<Record<'prometheus' | 'alertmanager', readonly [string, ...string[]]>> = {
  prometheus: ['prometheus'],
  alertmanager: ['alertmanager', 'prometheus-alertmanager'],
};

export interface Configuration {
  readonly program: 'exporter' | 'gateway' | 'relay';
  /** Arguments of `hostpulse`. The first is the name of the program. */
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

/** Expects that the program accepts the arguments and the environment variables, by `--check-config`. */
export function expectValidConfiguration({ program, args, variables }: Configuration): void {
  const { status, stderr, stdout } = spawnSync(process.execPath, [entry, ...args, '--check-config'], {
    encoding: 'utf8',
    env: { ...programEnvironment(), ...variables },
  });
  expect({ status, stderr, stdout }).toEqual({
    status: 0,
    stderr: '',
    stdout: `${program}: the configuration is valid\n`,
  });
}

/** Returns the help text of the real program. Writes `--[no-]flag`, the notation of newer releases, as `--flag`. */
export function helpOf(program: keyof typeof names): string {
  const { stdout, stderr } = spawnSync(binaryPath(...names[program]), ['--help'], { encoding: 'utf8' });
  return (stdout + stderr).replaceAll('--[no-]', '--');
}

/** Returns whether the help text lists the flag. Ignores a value after `=`. */
export function hasFlag(help: string, flag: string): boolean {
  const name = flag.replace(/=.*/s, '').replaceAll(/\W/g, '\\$&');
  return new RegExp(`(?<![\\w-])${name}(?![\\w-]|\\.\\w)`).test(help.replaceAll('--[no-]', '--'));
}

/** Expects that the help text of the real program lists the flag of every argument. */
export function expectKnownFlags(program: keyof typeof names, args: readonly string[]): void {
  const help = helpOf(program);
  expect(args.length).toBeGreaterThan(3);
  expect(args.filter((arg) => !hasFlag(help, arg))).toEqual([]);
}
