/** Reads the version and the time of a release. Packages of the same commit have equal bytes. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..', '..');

export interface Release {
  readonly version: string;
  /** Seconds since 1970: `SOURCE_DATE_EPOCH`, or the time of the commit. Every file in a package has this time. */
  readonly timeSeconds: number;
}

/** Throws without a commit and without `SOURCE_DATE_EPOCH`. Source: https://reproducible-builds.org/specs/source-date-epoch/ */
export function readRelease(environment: Readonly<Record<string, string | undefined>>): Release {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const given = environment['SOURCE_DATE_EPOCH'];
  const text = given ?? spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).stdout ?? '';
  if (/^\d+\n?$/.test(text)) return { version, timeSeconds: Number(text) };
  const found = given === undefined ? 'no git commit' : `SOURCE_DATE_EPOCH="${given}"`;
  throw new Error(`the time of the release: expected SOURCE_DATE_EPOCH in seconds or a git commit, got ${found}`);
}
