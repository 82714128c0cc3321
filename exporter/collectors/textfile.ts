/**
 * Exposes the metrics that other programs write in the text format, from the *.prom files in the folders of
 * `--collector.textfile.directory`. Skips the whole file when a file has an error.
 */
import { join } from 'node:path';
import { messageOf } from '../../common/program/log.ts';
import type { Collector } from '../collector/collector.ts';
import { type Family, gauge, type Sample, single } from '../exposition/family.ts';
import { listFolder } from '../procfs/sysfs.ts';
import { expandGoGlob } from './textfile/go-glob.ts';
import { type JoinedTextfiles, joinTextfiles } from './textfile/textfile-join.ts';
import { createTextfileReader, type Textfile } from './textfile/textfile-reader.ts';

export const textfile: Collector = {
  name: 'textfile',
  defaultEnabled: true,
  help: 'Exposes the metrics that other programs write in the text format, from the *.prom files in the given folders.',
  docs: {
    source: 'the `*.prom` files in the folders of `--collector.textfile.directory`',
    differences: [
      {
        upstream: 'reports an error for a family that has HELP in one file and no HELP in another file',
        here: 'exposes the family with this HELP',
        reason: 'the files do not contradict each other',
      },
      {
        upstream: 'exposes zeros for a summary without `_sum` and `_count`',
        here: 'omits these series',
        reason: 'an absent series is not mistaken for 0',
      },
    ],
  },
  flags: [
    {
      name: 'directory',
      help: 'Directory to read text files with metrics from, supports glob matching. (repeatable)',
      isList: true,
    },
  ],
  create({ flags, log, faults }) {
    const patterns = (flags['directory'] ?? '').split('\n').filter((pattern) => pattern !== '');
    const read = createTextfileReader();
    let joined: (JoinedTextfiles & { readonly files: readonly Textfile[] }) | undefined;
    const reported = new Map<string, string>();
    /** Logs only new faults: a file may stay broken for hours, at a scrape every few seconds. */
    const report = (place: string, reason: string): void => {
      faults.tally();
      if (reported.get(place) === reason) return;
      reported.set(place, reason);
      log.error('textfile skipped', { place, reason });
    };
    return () => {
      const files: Textfile[] = [];
      let hasFailed = false;
      const attempt = (place: string, action: () => void): void => {
        try {
          action();
          reported.delete(place);
        } catch (error) {
          hasFailed = true;
          report(place, messageOf(error));
        }
      };
      for (const folder of patterns.flatMap(expandGoGlob)) {
        attempt(folder, () => {
          for (const name of listPromFiles(folder)) {
            const path = join(folder, name);
            attempt(path, () => void files.push(read(path)));
          }
        });
      }
      read.forget(new Set(files.map(({ path }) => path)));
      if (joined?.files.length !== files.length || joined.files.some((file, index) => file !== files[index])) {
        joined = { files, ...joinTextfiles(files) };
      }
      for (const { place, reason } of joined.conflicts) {
        hasFailed = true;
        report(place, reason);
      }
      return [...joined.families, ...ownFamilies(files, hasFailed)];
    };
  },
};

function listPromFiles(folder: string): string[] {
  const entries = listFolder(folder);
  if (entries === undefined) throw new Error(`${folder}: expected a folder, got none`);
  return entries.map(({ name }) => name).filter((name) => name.endsWith('.prom'));
}

function ownFamilies(files: readonly Textfile[], hasFailed: boolean): Family[] {
  const mtimes = files.map(({ path, mtimeSeconds }): Sample => ({ labels: { file: path }, value: mtimeSeconds }));
  mtimes.sort((a, b) => ((a.labels['file'] ?? '') < (b.labels['file'] ?? '') ? -1 : 1));
  const errorHelp = '1 if there was an error opening or reading a file, 0 otherwise';
  return [
    gauge('node_textfile_mtime_seconds', 'Unixtime mtime of textfiles successfully read.', mtimes),
    single('node_textfile_scrape_error', errorHelp, 'gauge', hasFailed ? 1 : 0),
  ];
}
