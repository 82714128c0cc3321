/**
 * Attributes that may take their time: before Linux 5.18 the kernel sleeps 10 ms to measure the frequency of an idle CPU.
 * Source: arch_freq_get_on_cpu in arch/x86/kernel/cpu/aperfmperf.c
 */
import { readFile } from 'node:fs/promises';
import { parseLine, parseSigned } from '../../procfs/parse.ts';
import { isUntold, tryReadInteger } from '../../procfs/sysfs.ts';

/** A read that took longer was slow: the rest goes to the pool of threads, four at a time, and the event loop stays free. */
const slowMs = 5;

/** Integers by path; what a device does not tell is left out. A promise only when it took one. */
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
    if (isUntold(thrown)) return undefined;
    throw thrown;
  }
}
