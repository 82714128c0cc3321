/** A real PostgreSQL for tests, on a port and in a folder of its own: quick to start, since its files are copied from a cluster made once. */
import { execFile } from 'node:child_process';
import { access, chown, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { toolsDirectory } from '../../scripts/tool-folders.ts';
import { binaryPath } from './binaries.ts';
import { createProgram, freePort, type TestProgram } from './process.ts';

export interface PostgresSpec {
  /** Waits for the disk as in production; without it what was committed survives a killed process, not a power cut. */
  readonly isDurable?: true;
  /** Server settings by name. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** `stop('SIGINT')` ends it in order, cutting connections off; `stop('SIGQUIT')` is a crash, from which `start` recovers. */
export interface TestPostgres extends TestProgram {
  readonly port: number;
  /** Makes an empty database and answers its URL, user and password within. */
  createDatabase(name: string): Promise<string>;
  /** Rows of one statement, asked by the server's owner. */
  query<Row extends object>(text: string, database?: string): Promise<readonly Row[]>;
  /** Ends it and deletes its folder. */
  remove(): Promise<void>;
}

const run = promisify(execFile);
const user = 'hostpulse';
export const postgresPassword = 'a-password-of-tests';

/** PostgreSQL refuses to run as root: then it runs as nobody, who is let into folders that only root may enter (`access` asks without capabilities, but for the last flag). */
const nobody = 65534;
const isRoot = process.getuid?.() === 0;
const asNobody =
  `setpriv --reuid=${nobody} --regid=${nobody} --clear-groups --inh-caps=-all,+dac_override --ambient-caps=-all,+dac_override --securebits=+no_setuid_fixup`.split(
    ' ',
  );

function command(program: string, args: readonly string[]): readonly [string, ...string[]] {
  const [first = program, ...rest] = [...(isRoot ? asNobody : []), binaryPath(program), ...args];
  return [first, ...rest];
}

/** Ready to be started. */
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
    async createDatabase(name) {
      await query(`create database "${name}"`);
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

/** The files of a fresh cluster, made by whoever comes first and kept beside the programs. */
async function clusterTemplate(): Promise<string> {
  const { stdout } = await run(binaryPath('initdb'), ['--version']);
  const version = /[\d.]+/.exec(stdout)?.[0] ?? 'unknown';
  const template = join(toolsDirectory, `postgres-cluster-${version}-${process.getuid?.() ?? 0}`);
  if (await isMade(template)) return template;
  await mkdir(toolsDirectory, { recursive: true });
  const folder = await mkdtemp(join(toolsDirectory, 'postgres-cluster-new-'));
  if (isRoot) await chown(folder, nobody, nobody);
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
