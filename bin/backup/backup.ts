/** `hostpulse backup`: writes the whole state of a stack into one archive, while the stack runs or not. */
import { copyFileSync, existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { readVersion } from '../../common/program/package.ts';
import { readConfigFile } from '../../common/program/settings/config-file.ts';
import { type DataDirectory, stackAuthorization } from '../../stack/data/data-directory.ts';
import { acquireLock, isLocked } from '../../stack/data/lock.ts';
import { tryReadSecret } from '../../stack/data/secrets.ts';
import { tryReadStackUrls } from '../../stack/data/stack-file.ts';
import { addExamples } from '../cli/help/examples.ts';
import { requireReadable } from '../cli/readable-folder.ts';
import { runCommand, stoppable } from '../cli/run-command.ts';
import { print } from '../cli/table.ts';
import { type SourceFile, syncFolder, writeArchive } from './archive.ts';
import { archivePath, asSource, listContents, listFiles } from './contents.ts';
import { copyDatabase, copyLockedDatabase } from './database-copies.ts';
import { type BackupRecord, beginBackup } from './leftovers.ts';
import { backupFormat } from './manifest.ts';
import { createSnapshot } from './prometheus-snapshot.ts';
import { renderSilences, type Silence } from './silences-file.ts';
import { addTargetFlags, findDirectory, type TargetFlags } from './stack-target.ts';

export function run(argv: readonly string[]): Promise<void> {
  return runCommand(createCommand(), argv);
}

export function createCommand(): Command {
  const command = addTargetFlags(new Command('hostpulse backup'))
    .description('write the data, settings and secrets of a stack into one file, while it runs')
    .argument('<file>', 'the archive to write, such as hostpulse.tar.gz; an existing file is replaced at the end')
    .action(backup);
  return addExamples(
    command,
    ['hostpulse.tar.gz', 'back up the stack in ./data'],
    ['/backup/hostpulse.tar.gz --config.file /etc/hostpulse/hostpulse.yml', 'back up the service with its settings'],
  );
}

async function backup(file: string, flags: TargetFlags): Promise<void> {
  const directory = findDirectory(flags);
  const target = resolve(file);
  requirePlaces(directory, target);
  await stoppable('stopped; no file was written', (signal) => writeBackup({ directory, target, flags, signal }));
}

interface BackupJob {
  readonly directory: DataDirectory;
  readonly target: string;
  readonly flags: TargetFlags;
  readonly signal: AbortSignal;
}

async function writeBackup({ directory, target, flags, signal }: BackupJob): Promise<void> {
  // While the stack does not run, the lock prevents its start.
  const lock = isLocked(directory.lockFile) ? undefined : acquireLock(directory.lockFile, directory.root);
  const record = beginBackup(directory, target);
  try {
    mkdirSync(record.staging, { mode: 0o700 });
    const config = configSource(directory, flags);
    const collected = await collect({ directory, record, signal, isRunning: lock === undefined });
    const files = [...collected.filter(({ path }) => !config.some((each) => each.path === path)), ...config];
    const partial = join(record.staging, 'archive');
    const head = { format: backupFormat, version: readVersion(), createdAt: new Date().toISOString() };
    const stored = await writeArchive({ target: partial, head, files, signal });
    renameSync(partial, target);
    syncFolder(dirname(target));
    print(`${target}: ${stored.length} files, ${(statSync(target).size / 2 ** 20).toFixed(1)} MiB`);
  } finally {
    record.clear();
    lock?.release();
  }
}

function requirePlaces({ root, database }: DataDirectory, target: string): void {
  if (existsSync(root)) requireReadable(root);
  if (!existsSync(database))
    throw new Error(`there is no stack in ${root} (no ${basename(database)}); give --data-dir or --config.file`);
  if (!existsSync(dirname(target))) throw new Error(`there is no folder ${dirname(target)}`);
  if (statSync(target, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new Error(`expected the name of a file, got the folder ${target}`);
}

interface Collection {
  readonly directory: DataDirectory;
  readonly record: BackupRecord;
  readonly signal: AbortSignal;
  readonly isRunning: boolean;
}

/** Returns all files of the archive. */
async function collect({ directory, record, signal, isRunning }: Collection): Promise<readonly SourceFile[]> {
  const { files, unknown } = listContents(directory);
  if (unknown.length > 0) note(`not in the backup, as they are not hostpulse's: ${unknown.join(', ')}`);
  noteDatabases();
  noteQueue(directory);
  if (!isRunning) return [...files, ...(await collectStopped(directory, record))];
  const urls = tryReadStackUrls(directory);
  if (urls === undefined) throw new Error('the stack is starting; try again when its components are ready');
  // The queue comes before Prometheus: a sample that is forwarded meanwhile is in both, and stored once.
  const databases = await copyDatabases(directory, record.staging);
  const alertmanager = await collectAlertmanager({ directory, record, url: urls.alertmanager });
  const prometheus = await collectPrometheus({ directory, record, signal, url: urls.prometheus });
  return [...files, ...databases, ...alertmanager, ...prometheus];
}

async function collectStopped(directory: DataDirectory, record: BackupRecord): Promise<readonly SourceFile[]> {
  const { root, alertmanager, prometheus } = directory;
  const left = new Set(['lock', 'queries.active', 'snapshots'].map((name) => join(prometheus.data, name)));
  const data = [...listFiles(alertmanager.data), ...listFiles(prometheus.data, left)];
  return [...(await copyDatabases(directory, record.staging)), ...data.map((file) => asSource(root, file))];
}

async function copyDatabases({ database, queue }: DataDirectory, staging: string): Promise<readonly SourceFile[]> {
  const copies: SourceFile[] = [];
  if (existsSync(queue)) {
    await copyLockedDatabase(queue, join(staging, 'queue.db'));
    copies.push({ path: archivePath(basename(queue)), file: join(staging, 'queue.db'), mode: 0o600 });
  }
  await copyDatabase(database, join(staging, 'hostpulse.db'));
  return [...copies, { path: archivePath(basename(database)), file: join(staging, 'hostpulse.db'), mode: 0o600 }];
}

interface RunningProgram {
  readonly directory: DataDirectory;
  readonly record: BackupRecord;
  readonly url: string;
}

/** The log of notifications may lack 15 minutes: the relay knows what it has sent, and sends nothing twice. */
async function collectAlertmanager({ directory, record, url }: RunningProgram): Promise<readonly SourceFile[]> {
  const { root, alertmanager, prometheus } = directory;
  const silencesFile = join(alertmanager.data, 'silences');
  const log = join(alertmanager.data, 'nflog');
  const response = await fetch(`${url}/api/v2/silences`, {
    headers: { authorization: authorizationOf(prometheus.alertmanagerPassword) },
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`Alertmanager at ${url} refuses to list its silences (status ${response.status})`);
  const copy = join(record.staging, 'silences');
  writeFileSync(copy, renderSilences((await response.json()) as readonly Silence[]), { mode: 0o600 });
  const silences = { path: archivePath(relative(root, silencesFile)), file: copy };
  if (!existsSync(log)) return [silences];
  copyFileSync(log, join(record.staging, 'nflog'));
  return [silences, { path: archivePath(relative(root, log)), file: join(record.staging, 'nflog'), mode: 0o600 }];
}

async function collectPrometheus({
  directory: { root, prometheus },
  record,
  url,
  signal,
}: RunningProgram & { readonly signal: AbortSignal }): Promise<readonly SourceFile[]> {
  const authorization = authorizationOf(prometheus.password);
  const snapshot = await createSnapshot({ data: prometheus.data, url, authorization, signal });
  record.noteSnapshot(basename(snapshot));
  const place = archivePath(relative(root, prometheus.data));
  return listFiles(snapshot).map((file) => ({
    path: `${place}/${relative(snapshot, file).replaceAll('\\', '/')}`,
    file,
  }));
}

function authorizationOf(passwordFile: string): string {
  return stackAuthorization(tryReadSecret(passwordFile) ?? '');
}

/** A settings file outside the data directory is stored as hostpulse.yml in it, and replaces a file of that name. */
function configSource({ root }: DataDirectory, { 'config.file': file }: TargetFlags): readonly SourceFile[] {
  if (file === undefined || resolve(file) === join(root, 'hostpulse.yml')) return [];
  return [{ path: archivePath('hostpulse.yml'), file: resolve(file) }];
}

/** Gateway and relay of a stack may use PostgreSQL by their environment. */
function noteDatabases(): void {
  const names = ['GATEWAY', 'RELAY'].flatMap((name) =>
    ['URL', 'URL_FILE'].map((end) => `HOSTPULSE_${name}_DATABASE_${end}`),
  );
  const found = names.filter((name) => process.env[name] !== undefined);
  if (found.length > 0)
    note(
      `${found.join(', ')}: keys, rules and alert history are in PostgreSQL, and not in the backup; run pg_dump too`,
    );
}

/** `up` lets gateway.yml choose the file of the queue. */
function noteQueue({ ownConfig: { gateway } }: DataDirectory): void {
  if (!existsSync(gateway)) return;
  const { queue } = (readConfigFile(gateway).root ?? {}) as {
    readonly queue?: { readonly path?: unknown } | null;
  };
  if (queue?.path === undefined) return;
  note(`queue.path of ${gateway}: samples that wait for Prometheus are in that file, and not in the backup`);
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
