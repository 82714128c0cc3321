/**
 * The agent archives that new hosts download. An installed server has them as files. In a clone the gateway builds an archive
 * by the package command when the first host is added.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import type { Log } from '../../common/program/log.ts';

export const platforms = ['linux-x64', 'linux-arm64'] as const;
export type Platform = (typeof platforms)[number];

export type AgentState =
  | { readonly state: 'ready'; readonly archive: AgentArchive }
  /** `detail` is the newest line of the build's output. */
  | { readonly state: 'building'; readonly detail: string }
  | { readonly state: 'failed'; readonly detail: string }
  | { readonly state: 'missing'; readonly detail: string };

export interface AgentArchive {
  readonly file: string;
  readonly name: string;
  readonly version: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

export interface Agents {
  /** Reads the folder; computes the SHA-256 of a new archive. */
  find(platform: Platform): Promise<AgentState>;
  /** Starts to build a missing archive where that is possible, and also after a build that failed. */
  prepare(platform: Platform): void;
  /** Ends builds. Idempotent. */
  stop(): void;
}

export interface AgentsOptions {
  /** Searched in this order. */
  readonly folders: readonly string[];
  /** Version of the gateway. An archive of the same version is preferred; in a clone, no other is used. */
  readonly version: string;
  /** scripts/launch.cjs of a clone; undefined in an installation, which has no sources. */
  readonly buildScript: string | undefined;
  readonly log: Log;
}

interface Build {
  readonly child: ChildProcess;
  detail: string;
  fault?: string;
}

const maxDetail = 200;

export function createAgents({ folders, version, buildScript, log }: AgentsOptions): Agents {
  const builds = new Map<Platform, Build>();
  const sums = new Map<string, Promise<string>>();
  let isStopped = false;

  async function find(platform: Platform): Promise<AgentState> {
    const build = builds.get(platform);
    if (build !== undefined && build.fault === undefined) return { state: 'building', detail: build.detail };
    const found = newest(folders, { platform, version, isExact: buildScript !== undefined });
    if (found !== undefined) return { state: 'ready', archive: { ...found, sha256: await sumOf(found.file) } };
    if (build?.fault !== undefined) return { state: 'failed', detail: build.fault };
    const detail = `no hostpulse-agent-*-${platform}.tar.gz in ${folders.join(' or ')}`;
    return { state: 'missing', detail };
  }

  /** The key changes when the file is replaced. */
  function sumOf(file: string): Promise<string> {
    const { size, mtimeMs, ino } = statSync(file);
    const key = `${file} ${size} ${mtimeMs} ${ino}`;
    let sum = sums.get(key);
    if (sum === undefined) {
      sum = sha256Of(file);
      sum.catch(() => sums.delete(key));
      sums.set(key, sum);
    }
    return sum;
  }

  function prepare(platform: Platform): void {
    const isBuilding = builds.has(platform) && builds.get(platform)?.fault === undefined;
    if (isStopped || buildScript === undefined || isBuilding) return;
    if (newest(folders, { platform, version, isExact: true }) !== undefined) return;
    log.info('building the agent for new hosts', { platform });
    const child = spawn(process.execPath, [buildScript, 'package', '--only', `agent-${platform}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
      detached: true, // ends with its children, as one process group
    });
    const build: Build = { child, detail: 'starting' };
    builds.set(platform, build);
    for (const output of [child.stdout, child.stderr])
      if (output !== null)
        createInterface({ input: output }).on('line', (line) => {
          if (line.trim() !== '') build.detail = line.trim().slice(0, maxDetail);
        });
    child.once('error', (error) => fail(platform, build, error.message));
    child.once('close', (code) => {
      if (code === 0) {
        builds.delete(platform);
        log.info('the agent is built', { platform });
      } else fail(platform, build, `the build ended with ${code ?? 'a signal'}: ${build.detail}`);
    });
  }

  function fail(platform: Platform, build: Build, fault: string): void {
    build.fault ??= fault;
    if (!isStopped)
      log.error('the agent cannot be built; no host with this processor can be added', { platform, fault });
  }

  function stop(): void {
    isStopped = true;
    for (const { child, fault } of builds.values()) {
      if (fault !== undefined || child.pid === undefined) continue;
      try {
        process.kill(-child.pid);
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
      }
    }
  }

  return { find, prepare, stop };
}

interface Search {
  readonly platform: Platform;
  readonly version: string;
  readonly isExact: boolean;
}

/** Returns the archive of this version. Without one, returns the newest archive unless `isExact`. */
function newest(
  folders: readonly string[],
  { platform, version, isExact }: Search,
): Omit<AgentArchive, 'sha256'> | undefined {
  const form = new RegExp(`^hostpulse-agent-(\\d[\\w.+-]*)-${platform}\\.tar\\.gz$`);
  const found = folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder).flatMap((name) => {
        const given = form.exec(name)?.[1];
        const stat = given === undefined ? undefined : statSync(join(folder, name), { throwIfNoEntry: false });
        if (given === undefined || stat?.isFile() !== true) return [];
        return [{ file: join(folder, name), name, version: given, bytes: stat.size, mtimeMs: stat.mtimeMs }];
      }),
    );
  const own = found.find((each) => each.version === version);
  const best = own ?? (isExact ? undefined : found.sort((one, other) => other.mtimeMs - one.mtimeMs)[0]);
  if (best === undefined) return undefined;
  const { mtimeMs: _, ...archive } = best;
  return archive;
}

async function sha256Of(file: string): Promise<string> {
  const sum = createHash('sha256');
  await pipeline(createReadStream(file), sum);
  return sum.digest('hex');
}
