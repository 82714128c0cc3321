/** Runs a real PostgreSQL for tests, on a free port and in a temporary folder, with a copy of a cluster that is created once. */
import { execFile } from 'node:child_process';
import { access, chown, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { toolsDirectory } from '../../scripts/tools/tool-folders.ts';
import { binaryPath } from './binaries.ts';
import { createProgram, freePort, type TestProgram } from './process.ts';

export interface PostgresSpec {
  /** Commits wait for the disk, as in production. Otherwise they survive a killed process but not a power failure. */
  readonly isDurable?: true;
  /** Server settings by name. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** `stop('SIGINT')` is a fast shutdown that closes connections; `stop('SIGQUIT')` is a crash, from which `start` recovers. */
export interface TestPostgres extends TestProgram {
  readonly port: number;
  /** Creates a database, empty or a copy of one without connections, and returns its URL with user and password. */
  createDatabase(name: string, template?: string): Promise<string>;
  /** Runs one statement as the server's owner and returns its rows. */
  query<Row extends object>(text: string, database?: string): Promise<readonly Row[]>;
  /** Stops the server and deletes its folder. */
  remove(): Promise<void>;
}

const run = promisify(execFile);
const user = 'hostpulse';
export const postgresPassword = 'a-password-of-tests';

/**
 * PostgreSQL refuses to run as root. The tests then run it under an unprivileged user id, with the capability to enter folders
 * that only root may enter. Without the last flag, `access` ignores capabilities.
 */
const unprivilegedId = 65534;
const isRoot = process.getuid?.() === 0;
const unprivileged =
  `setpriv --reuid=${unprivilegedId} --regid=${unprivilegedId} --clear-groups --inh-caps=-all,+dac_override --ambient-caps=-all,+dac_override --securebits=+no_setuid_fixup`.split(
    ' ',
  );

function command(program: string, args: readonly string[]): readonly [string, ...string[]] {
  const [first = program, ...rest] = [...(isRoot ? unprivileged : []), binaryPath(program), ...args];
  return [first, ...rest];
}

/** Returns a server that is not started yet. */
export async function createPostgres({ isDurable, settings = {} }: PostgresSpec = {}): Promise<TestPostgres> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'hostpulse-postgres-'));
  await run('cp', ['-a', await clusterTemplate(), join(folder, 'data')]);
  const all = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    ...(isDurable ? {} : { fsync: 'off', full_page_writes: 'off' }),
    ...settings,
  };
  const [file, ...args] = command('postgres', [
    '-D',
    join(folder, 'data'),
    ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const url = (database: string): string => `postgres://${user}:${postgresPassword}@127.0.0.1:${port}/${database}`;

  async function query<Row extends object>(text: string, database = 'postgres'): Promise<readonly Row[]> {
    const client = new Client({ connectionString: url(database) });
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  }

  const program = createProgram({
    command: file,
    args,
    isReady: async () => (await query('select 1')).length === 1,
  });
  return {
    ...program,
    port,
    query,
    async createDatabase(name, template = 'template0') {
      await query(`create database "${name}" template "${template}"`);
      return url(name);
    },
    async remove() {
      await program.stop('SIGQUIT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const isMade = (folder: string): Promise<boolean> =>
  access(folder).then(
    () => true,
    () => false,
  );

/** Returns the folder of a fresh cluster; creates it beside the tools on first use. */
async function clusterTemplate(): Promise<string> {
  const { stdout } = await run(binaryPath('initdb'), ['--version']);
  const version = /[\d.]+/.exec(stdout)?.[0] ?? 'unknown';
  const template = join(toolsDirectory, `postgres-cluster-${version}-${process.getuid?.() ?? 0}`);
  if (await isMade(template)) return template;
  await mkdir(toolsDirectory, { recursive: true });
  const folder = await mkdtemp(join(toolsDirectory, 'postgres-cluster-new-'));
  if (isRoot) await chown(folder, unprivilegedId, unprivilegedId);
  const passwordFile = `${folder}.password`;
  await writeFile(passwordFile, postgresPassword, { mode: 0o644 });
  const options = '--auth=scram-sha-256 --encoding=UTF8 --locale=C --wal-segsize=1 --no-sync'.split(' ');
  const [file, ...args] = command('initdb', ['-D', folder, '-U', user, '--pwfile', passwordFile, ...options]);
  await run(file, args);
  await rm(passwordFile);
  try {
    await rename(folder, template);
  } catch (error) {
    await rm(folder, { recursive: true });
    if (!(await isMade(template))) throw error;
  }
  return template;
}
