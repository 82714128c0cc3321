/**
 * Reads attributes that may block: before Linux 5.18 the kernel sleeps 10 ms to measure the frequency of an idle CPU.
 * Source: arch_freq_get_on_cpu in arch/x86/kernel/cpu/aperfmperf.c
 */
import { readFile } from 'node:fs/promises';
import { parseLine, parseSigned } from '../../procfs/host-file.ts';
import { isUnavailable, tryReadInteger } from '../../procfs/sysfs.ts';

/** After a read that took longer, the remaining files are read in the thread pool, so that the event loop stays free. */
const slowMs = 5;

/** Returns integers by path, without unavailable attributes. Returns a promise only when a read was slow. */
export function readSlowIntegers(
  paths: readonly string[],
): ReadonlyMap<string, number> | Promise<ReadonlyMap<string, number>> {
  const values = new Map<string, number>();
  for (const [index, path] of paths.entries()) {
    const startedMs = performance.now();
    const value = tryReadInteger(path);
    if (value !== undefined) values.set(path, value);
    if (performance.now() - startedMs > slowMs) return readRest(paths.slice(index + 1), values);
  }
  return values;
}

async function readRest(paths: readonly string[], values: Map<string, number>): Promise<ReadonlyMap<string, number>> {
  const rest = await Promise.all(paths.map(readInPool));
  for (const [index, path] of paths.entries()) {
    const value = rest[index];
    if (value !== undefined) values.set(path, value);
  }
  return values;
}

async function readInPool(path: string): Promise<number | undefined> {
  try {
    return parseSigned(parseLine(await readFile(path, 'utf8'), path), path);
  } catch (thrown) {
    if (isUnavailable(thrown)) return undefined;
    throw thrown;
  }
}
