/** Reads text files of metrics. A file is parsed again only after it changed. */
import { isUtf8 } from 'node:buffer';
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { type ParsedFamily, parseExposition } from '../../exposition/exposition-parse.ts';
import { convertOpenMetrics, isOpenMetrics } from '../../exposition/openmetrics.ts';

export interface Textfile {
  readonly path: string;
  /** Whole seconds since 1970. */
  readonly mtimeSeconds: number;
  readonly families: readonly ParsedFamily[];
}

export interface TextfileReader {
  /** Throws an Error that names the fault in the file. */
  (path: string): Textfile;
  /** Removes all files except these from the cache. */
  forget(except: ReadonlySet<string>): void;
}

/** Parsing blocks the process, so a larger file is rejected: its writer has a fault. */
const maxBytes = 32 * 2 ** 20;

export function createTextfileReader(): TextfileReader {
  const cache = new Map<string, { readonly version: string; readonly file: Textfile }>();
  const read = (path: string): Textfile => {
    const version = versionOf(statSync(path, { bigint: true }));
    const last = cache.get(path);
    if (last?.version === version) return last.file;
    cache.delete(path);
    const fresh = readTextfile(path);
    cache.set(path, fresh);
    return fresh.file;
  };
  const forget = (except: ReadonlySet<string>): void => {
    for (const path of cache.keys()) if (!except.has(path)) cache.delete(path);
  };
  return Object.assign(read, { forget });
}

/** Returns a text that changes with every write, and when another file replaces the file. */
function versionOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join();
}

/** Removes the byte order mark and the carriage returns of Windows, and converts OpenMetrics to the text format. */
function normalize(text: string): string {
  const plain = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  return isOpenMetrics(plain) ? convertOpenMetrics(plain) : plain;
}

function readTextfile(path: string): { version: string; file: Textfile } {
  // Without O_NONBLOCK, opening a pipe would wait for a writer forever.
  const handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(handle, { bigint: true });
    if (!stats.isFile()) throw new Error('expected a regular file');
    if (stats.size > maxBytes) throw new Error(`expected at most ${maxBytes} bytes, got ${stats.size}`);
    const bytes = readFileSync(handle);
    if (!isUtf8(bytes)) throw new Error('expected UTF-8');
    const families = parseExposition(normalize(bytes.toString('utf8')));
    for (const { name, samples } of families) {
      if (samples.some(({ timestampMs }) => timestampMs !== undefined)) {
        throw new Error(`${name} has a timestamp: expected none, because samples take the time of the scrape`);
      }
    }
    const mtimeSeconds = Number(stats.mtimeNs / 1_000_000_000n);
    return { version: versionOf(stats), file: { path, mtimeSeconds, families } };
  } finally {
    closeSync(handle);
  }
}
