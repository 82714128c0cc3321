/**
 * Provides programs that are not npm packages. Programs that are not on PATH are unpacked from Debian packages into
 * data/tools, without root and without starting services.
 */
import { delimiter } from 'node:path';
import { unpackDebianPackages } from './debian-packages.ts';
import { suitePackages, tryEnsureNewestSuite } from './program-sets.ts';
import { relocateAlertmanager } from './relocate-alertmanager.ts';
import { relocatePrograms } from './relocate-programs.ts';
import { isOnPath, programFolders, toolsDirectory, tryProgramPath } from './tool-folders.ts';

export interface Tool {
  readonly names: readonly [string, ...string[]];
  readonly debianPackage: string;
  /** `whole`: the package is unpacked with the dependencies that this system lacks. */
  readonly parts: 'alone' | 'whole';
  /** Download page for systems without apt. */
  readonly elsewhere: string;
}

/** Names of Chromium in different distributions. */
export const chromiumNames = ['chromium', 'chromium-browser', 'google-chrome'] as const;

const prometheusPage = 'https://prometheus.io/download/';

/** Returns a tool that needs no library. `others` are its names in other distributions. */
function alone(name: string, debianPackage: string, elsewhere: string, ...others: readonly string[]): Tool {
  return { names: [name, ...others], debianPackage, elsewhere, parts: 'alone' };
}

export const stackTools: readonly Tool[] = [
  alone('prometheus', 'prometheus', `${prometheusPage}#prometheus`),
  alone('alertmanager', 'prometheus-alertmanager', `${prometheusPage}#alertmanager`, 'prometheus-alertmanager'),
];

const victoriaMetricsPage = 'https://github.com/VictoriaMetrics/VictoriaMetrics/releases';
const chromiumPage = 'https://www.chromium.org/getting-involved/download-chromium/';

export const testTools: readonly Tool[] = [
  ...stackTools,
  alone('promtool', 'prometheus', `${prometheusPage}#prometheus`),
  alone('amtool', 'prometheus-alertmanager', `${prometheusPage}#alertmanager`),
  alone('prometheus-node-exporter', 'prometheus-node-exporter', `${prometheusPage}#node_exporter`),
  alone('vmagent', 'victoria-metrics', victoriaMetricsPage),
  ...['initdb', 'postgres', 'pg_ctl'].map(
    (name): Tool => ({ ...alone(name, 'postgresql', 'https://www.postgresql.org/download/'), parts: 'whole' }),
  ),
  { names: chromiumNames, debianPackage: 'chromium', elsewhere: chromiumPage, parts: 'whole' },
];

/**
 * Adds the folders of unpacked programs to PATH and downloads missing programs, from the newest supported Debian suite that runs on
 * this machine, or from the package sources of this machine. Throws an Error that names the missing programs and their download pages.
 */
export function ensureTools(tools: readonly Tool[]): void {
  const canUnpack = tryProgramPath(['apt-get']) !== undefined && tryProgramPath(['dpkg-deb']) !== undefined;
  const isFromSuite = ({ names, debianPackage }: Tool): boolean =>
    suitePackages.includes(debianPackage) && !isOnPath(names);
  if (canUnpack && tools.some(isFromSuite)) tryEnsureNewestSuite();
  process.env['PATH'] = programFolders().join(delimiter);
  const missing = missingOf(tools);
  if (missing.length === 0) return;
  if (!canUnpack) throw new Error(adviceFor(missing));
  const packagesOf = (parts: Tool['parts']): readonly string[] => [
    ...new Set(missing.filter((tool) => tool.parts === parts).map(({ debianPackage }) => debianPackage)),
  ];
  unpackDebianPackages({ root: toolsDirectory, alone: packagesOf('alone'), whole: packagesOf('whole') });
  if (packagesOf('alone').includes('prometheus-alertmanager')) relocateAlertmanager(toolsDirectory);
  if (packagesOf('whole').length > 0) relocatePrograms(toolsDirectory);
  const stillMissing = missingOf(missing);
  if (stillMissing.length > 0) throw new Error(adviceFor(stillMissing));
}

function missingOf(tools: readonly Tool[]): readonly Tool[] {
  return tools.filter(({ names }) => tryProgramPath(names) === undefined);
}

function adviceFor(missing: readonly Tool[]): string {
  if (process.platform === 'darwin') return 'missing programs; run: brew install prometheus alertmanager';
  const rows = missing.map(({ names, elsewhere }) => `  ${names[0]}: ${elsewhere}`).join('\n');
  return `missing programs; download them and put them on PATH:\n${rows}`;
}
