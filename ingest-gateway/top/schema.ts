/** Schemas of records of the busiest processes. */
import { z } from 'zod';
import { maxCommandLineLength, maxRecordProcesses } from '../../common/top/top-record.ts';

function withoutControls(text: string): string {
  return text.toWellFormed().replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}

/** Epoch milliseconds until the year 5138. */
const timeMs = z.int().min(0).max(1e14);

/** Names come from hosts and are shown to people: no control characters. */
const name = z.string().min(1).max(64).overwrite(withoutControls);

export const processUse = z.object({
  pid: z
    .int()
    .min(0)
    .max(2 ** 31),
  name: name.meta({ description: 'Name that the kernel keeps: at most 15 bytes, more for its own threads.' }),
  cpu_cores: z.number().min(0).max(1e5).meta({ description: 'CPU seconds per second: 1 is one core.' }),
  memory_bytes: z.number().min(0).max(1e16).meta({ description: 'Largest resident memory.' }),
  io_bytes_per_second: z
    .number()
    .min(0)
    .max(1e16)
    .optional()
    .meta({ description: 'Read from and written to disks. Absent where the exporter may not read it.' }),
  command_line: z
    .string()
    .max(maxCommandLineLength)
    .overwrite(withoutControls)
    .optional()
    .meta({ description: 'Absent unless the exporter runs with --top.command-lines.' }),
});

export const topRecord = z.object({
  from_ms: timeMs.meta({ description: 'Milliseconds since the epoch.' }),
  to_ms: timeMs,
  processes: z.array(processUse).max(maxRecordProcesses),
});

/** The answer of `/api/top/minutes` of an exporter. */
export const topMinutes = z.object({ records: z.array(topRecord).max(100) });
