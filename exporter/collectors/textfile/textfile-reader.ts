/** Reads a text file of metrics; one that did not change since is not parsed again. */
import { isUtf8 } from 'node:buffer';
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { type ParsedFamily, parseExposition } from '../../exposition/exposition-parse.ts';

export interface Textfile {
  readonly path: string;
  /** Whole seconds since 1970. */
  readonly mtimeSeconds: number;
  readonly families: readonly ParsedFamily[];
}

export interface TextfileReader {
  /** Throws what is wrong with the file. */
  (path: string): Textfile;
  /** Drops what is remembered of all files but these. */
  forget(except: ReadonlySet<string>): void;
}

/** A file that grew beyond this is a mistake of its writer, and would stop all else while it is parsed. */
const maxBytes = 32 * 2 ** 20;

export function createTextfileReader(): TextfileReader {
  const known = new Map<string, { readonly version: string; readonly file: Textfile }>();
  const read = (path: string): Textfile => {
    const version = versionOf(statSync(path, { bigint: true }));
    const last = known.get(path);
    if (last?.version === version) return last.file;
    known.delete(path);
    const fresh = readTextfile(path);
    known.set(path, fresh);
    return fresh.file;
  };
  const forget = (except: ReadonlySet<string>): void => {
    for (const path of known.keys()) if (!except.has(path)) known.delete(path);
  };
  return Object.assign(read, { forget });
}

/** Changes with every write, and when another file takes the name. */
function versionOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join();
}

function readTextfile(path: string): { version: string; file: Textfile } {
  // Without O_NONBLOCK a pipe of that name would wait for a writer for ever.
  const handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(handle, { bigint: true });
    if (!stats.isFile()) throw new Error('expected a file, got something else');
    if (stats.size > maxBytes) throw new Error(`expected at most ${maxBytes} bytes, got ${stats.size}`);
    const bytes = readFileSync(handle);
    if (!isUtf8(bytes)) throw new Error('expected UTF-8');
    const families = parseExposition(bytes.toString('utf8'));
    for (const { name, samples } of families) {
      if (samples.some(({ timestampMs }) => timestampMs !== undefined)) {
        throw new Error(`${name} has a timestamp: expected none, as the time of a scrape is the time of its samples`);
      }
    }
    const mtimeSeconds = Number(stats.mtimeNs / 1_000_000_000n);
    return { version: versionOf(stats), file: { path, mtimeSeconds, families } };
  } finally {
    closeSync(handle);
  }
}
