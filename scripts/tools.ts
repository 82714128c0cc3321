/**
 * Brings the programs that are not npm packages: looked up on PATH, else unpacked from Debian's packages below data/tools
 * (no root, no service started).
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { relocateAlertmanager } from './relocate-alertmanager.ts';

/** One program: the names it has in different distributions, and the Debian package that holds it. */
export interface Tool {
  readonly names: readonly [string, ...string[]];
  readonly debianPackage: string;
  /** How to get it where there is no apt. */
  readonly elsewhere: string;
}

export const stackTools: readonly Tool[] = [
  { names: ['prometheus'], debianPackage: 'prometheus', elsewhere: 'https://prometheus.io/download/#prometheus' },
  {
    names: ['alertmanager', 'prometheus-alertmanager'],
    debianPackage: 'prometheus-alertmanager',
    elsewhere: 'https://prometheus.io/download/#alertmanager',
  },
];

export const testTools: readonly Tool[] = [
  ...stackTools,
  { names: ['promtool'], debianPackage: 'prometheus', elsewhere: 'https://prometheus.io/download/#prometheus' },
  {
    names: ['amtool'],
    debianPackage: 'prometheus-alertmanager',
    elsewhere: 'https://prometheus.io/download/#alertmanager',
  },
  {
    names: ['prometheus-node-exporter'],
    debianPackage: 'prometheus-node-exporter',
    elsewhere: 'https://prometheus.io/download/#node_exporter',
  },
  {
    names: ['vmagent'],
    debianPackage: 'victoria-metrics',
    elsewhere: 'https://github.com/VictoriaMetrics/VictoriaMetrics/releases',
  },
];

const toolsDirectory = join(import.meta.dirname, '..', 'data', 'tools');
const toolsBin = join(toolsDirectory, 'usr', 'bin');

/** Puts the tools' folder on this process' PATH and downloads what is missing. Throws an Error that says how to go on. */
export function ensureTools(tools: readonly Tool[]): void {
  process.env['PATH'] = `${process.env['PATH'] ?? ''}${delimiter}${toolsBin}`;
  const missing = tools.filter(({ names }) => !names.some(isOnPath));
  if (missing.length === 0) return;
  if (!isOnPath('apt-get') || !isOnPath('dpkg-deb')) throw new Error(adviceFor(missing));
  const packages = [...new Set(missing.map(({ debianPackage }) => debianPackage))];
  unpackDebianPackages(packages);
  if (packages.includes('prometheus-alertmanager')) relocateAlertmanager(toolsDirectory);
  const stillMissing = tools.filter(({ names }) => !names.some(isOnPath));
  if (stillMissing.length > 0) throw new Error(adviceFor(stillMissing));
}

function adviceFor(missing: readonly Tool[]): string {
  if (process.platform === 'darwin') return 'missing programs; run: brew install prometheus alertmanager';
  const rows = missing.map(({ names, elsewhere }) => `  ${names[0]}: ${elsewhere}`).join('\n');
  return `missing programs; download them and put them on PATH:\n${rows}`;
}

/** Private lists and cache, so that neither root nor a fresh system index is needed. */
function unpackDebianPackages(packages: readonly string[]): void {
  process.stderr.write(`hostpulse: downloading Debian's ${packages.join(', ')} into data/tools (once)\n`);
  const downloads = join(toolsDirectory, 'apt');
  // What an earlier call downloaded is unpacked already: unpacking it again would undo what was done to it since.
  rmSync(join(downloads, 'packages'), { recursive: true, force: true });
  for (const folder of ['lists/partial', 'cache/archives/partial', 'packages'])
    mkdirSync(join(downloads, folder), { recursive: true });
  const privately = [
    ['Dir::State::lists', join(downloads, 'lists')],
    ['Dir::Cache', join(downloads, 'cache')],
    ['APT::Sandbox::User', 'root'],
  ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const cwd = join(downloads, 'packages');
  // A source of the host that does not answer fails the update though Debian's own came: the download is the judge.
  spawnSync('apt-get', [...privately, '-qq', 'update'], { cwd, stdio: 'ignore' });
  const download = spawnSync('apt-get', [...privately, '-qq', 'download', ...packages], { cwd, encoding: 'utf8' });
  if (download.status !== 0) throw new Error(`apt-get download ${packages.join(' ')} failed:\n${download.stderr}`);
  for (const file of readdirSync(cwd).filter((name) => name.endsWith('.deb'))) {
    const unpack = spawnSync('dpkg-deb', ['-x', join(cwd, file), toolsDirectory], { encoding: 'utf8' });
    if (unpack.status !== 0) throw new Error(`dpkg-deb -x ${file} failed:\n${unpack.stderr}`);
  }
}

function isOnPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, process.platform === 'win32' ? `${name}.exe` : name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
