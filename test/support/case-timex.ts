/**
 * Creates a timex collector that takes the clock's state from a case's `adjtimex.json` instead of this machine's adjtimex(2). The
 * file has the fields of the kernel's `struct timex` by name, and `clockState`; absent fields are 0.
 */
import { readFileSync } from 'node:fs';
import type { Collector } from '../../exporter/collector/collector.ts';
import { createTimex } from '../../exporter/collectors/timex.ts';

/** Byte offsets and sizes on 64-bit systems. Source: offsetof() of the fields in <sys/timex.h> */
const fields: Readonly<Record<string, readonly [offset: number, bytes: 4 | 8]>> = {
  offset: [8, 8],
  freq: [16, 8],
  maxerror: [24, 8],
  esterror: [32, 8],
  status: [40, 4],
  constant: [48, 8],
  tick: [88, 8],
  ppsfreq: [96, 8],
  jitter: [104, 8],
  shift: [112, 4],
  stabil: [120, 8],
  jitcnt: [128, 8],
  calcnt: [136, 8],
  errcnt: [144, 8],
  stbcnt: [152, 8],
  tai: [160, 4],
};

export function createCaseTimex(path: string): Collector {
  const { clockState = 0, ...values } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, number>;
  return createTimex(() => (buffer) => {
    for (const [name, value] of Object.entries(values)) {
      const [offset, bytes] = fields[name] ?? [];
      if (offset === undefined) throw new Error(`${path}: unknown field ${name}`);
      if (bytes === 8) buffer.writeBigInt64LE(BigInt(value), offset);
      else buffer.writeInt32LE(value, offset);
    }
    return clockState;
  });
}
