/**
 * Brings the programs that are not npm packages: looked up on PATH, else unpacked from Debian's packages below data/tools
 * (no root, no service started).
 */
import { delimiter, join } from 'node:path';
import { unpackDebianPackages } from './debian-packages.ts';
import { relocateAlertmanager } from './relocate-alertmanager.ts';
import { relocatePrograms } from './relocate-programs.ts';
import { toolsDirectory, tryProgramPath } from './tool-folders.ts';

/** One program: the names it has in different distributions, and the Debian package that holds it. */
export interface Tool {
  readonly names: readonly [string, ...string[]];
  readonly debianPackage: string;
  /** `whole`: with the packages that it depends on and this system lacks. */
  readonly parts: 'alone' | 'whole';
  /** How to get it where there is no apt. */
  readonly elsewhere: string;
}

/** What it is called elsewhere too. */
export const chromiumNames = ['chromium', 'chromium-browser', 'google-chrome'] as const;

export const stackTools: readonly Tool[] = [
  {
    names: ['prometheus'],
    debianPackage: 'prometheus',
    parts: 'alone',
    elsewhere: 'https://prometheus.io/download/#prometheus',
  },
  {
    names: ['alertmanager', 'prometheus-alertmanager'],
    debianPackage: 'prometheus-alertmanager',
    parts: 'alone',
    elsewhere: 'https://prometheus.io/download/#alertmanager',
  },
];

export const testTools: readonly Tool[] = [
  ...stackTools,
  {
    names: ['promtool'],
    debianPackage: 'prometheus',
    parts: 'alone',
    elsewhere: 'https://prometheus.io/download/#prometheus',
  },
  {
    names: ['amtool'],
    debianPackage: 'prometheus-alertmanager',
    parts: 'alone',
    elsewhere: 'https://prometheus.io/download/#alertmanager',
  },
  {
    names: ['prometheus-node-exporter'],
    debianPackage: 'prometheus-node-exporter',
    parts: 'alone',
    elsewhere: 'https://prometheus.io/download/#node_exporter',
  },
  {
    names: ['vmagent'],
    debianPackage: 'victoria-metrics',
    parts: 'alone',
    elsewhere: 'https://github.com/VictoriaMetrics/VictoriaMetrics/releases',
  },
  ...['initdb', 'postgres', 'pg_ctl'].map(
    (name): Tool => ({
      names: [name],
      debianPackage: 'postgresql',
      parts: 'whole',
      elsewhere: 'https://www.postgresql.org/download/',
    }),
  ),
  {
    names: chromiumNames,
    debianPackage: 'chromium',
    parts: 'whole',
    elsewhere: 'https://www.chromium.org/getting-involved/download-chromium/',
  },
];

/** Puts the tools' folder on this process' PATH and downloads what is missing. Throws an Error that says how to go on. */
export function ensureTools(tools: readonly Tool[]): void {
  process.env['PATH'] = `${process.env['PATH'] ?? ''}${delimiter}${join(toolsDirectory, 'usr', 'bin')}`;
  const missing = missingOf(tools);
  if (missing.length === 0) return;
  if (tryProgramPath(['apt-get']) === undefined || tryProgramPath(['dpkg-deb']) === undefined)
    throw new Error(adviceFor(missing));
  const packagesOf = (parts: Tool['parts']): readonly string[] => [
    ...new Set(missing.filter((tool) => tool.parts === parts).map(({ debianPackage }) => debianPackage)),
  ];
  unpackDebianPackages({ alone: packagesOf('alone'), whole: packagesOf('whole') });
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
