/** The files of a data directory that a backup holds. */
import { readdirSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { DataDirectory } from '../../stack/data/data-directory.ts';
import type { SourceFile } from './archive.ts';
import { dataPrefix } from './manifest.ts';

/** Names in the data directory that belong to the state of a stack. Logs and programs do not. */
export const stateNames: readonly string[] = [
  'admin-key',
  'alertmanager',
  'exporter.yml',
  'gateway.yml',
  'grafana',
  'hostpulse.db',
  'hostpulse-queue.db',
  'hostpulse.yml',
  'prometheus',
  'relay.yml',
  'tls',
];

/** Names that a backup leaves out without a word: logs, programs, state of running processes. */
const transientNames =
  /^(?:logs|tools|agents|stack\.json|parts\.json|backup\.json|up\.lock.*|before-restore-.*|hostpulse(?:-queue)?\.db-.*)$/;

export interface Contents {
  readonly files: readonly SourceFile[];
  /** Names in the data directory that are not hostpulse's, and not in the backup. */
  readonly unknown: readonly string[];
}

/**
 * Lists settings, secrets, certificates, rules and targets. Leaves out databases and the data of Prometheus and Alertmanager, which
 * need copies that are consistent, and the links to files of the package.
 */
export function listContents(directory: DataDirectory): Contents {
  const { root, database, queue, prometheus, alertmanager } = directory;
  const left = new Set([
    database,
    queue,
    prometheus.data,
    prometheus.config,
    join(prometheus.folder, 'rules'),
    alertmanager.data,
    alertmanager.config,
  ]);
  const names = readdirSync(root);
  const state = names.filter((name) => stateNames.includes(name)).map((name) => join(root, name));
  return {
    files: state.flatMap((path) => listFiles(path, left)).map((file) => asSource(root, file)),
    unknown: names.filter((name) => !stateNames.includes(name) && !transientNames.test(name)),
  };
}

/** Returns the entry of a file of the data directory. */
export function asSource(root: string, file: string): SourceFile {
  return { path: archivePath(relative(root, file)), file, mayVanish: true };
}

export function archivePath(path: string): string {
  return `${dataPrefix}${path.split(sep).join('/')}`;
}

/** Returns the regular files at or below a path, sorted; a link to a file counts as the file. */
export function listFiles(path: string, left: ReadonlySet<string> = new Set()): readonly string[] {
  if (left.has(path)) return [];
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() === true) return [path];
  if (stat?.isDirectory() !== true) return [];
  return readdirSync(path)
    .toSorted()
    .flatMap((name) => listFiles(join(path, name), left));
}
