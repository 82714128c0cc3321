/** Polls GPUs with nvidia-smi. */
import type { RunProgram } from '../../collector/child-program.ts';
import { type GpuTable, parseCsv, parseFieldHelp } from './gpu-fields.ts';

export interface GpuPollOptions {
  readonly run: RunProgram;
  readonly command: string;
  /** Fields, separated by commas. */
  readonly fields: string;
}

export interface GpuPoll {
  readonly table: GpuTable;
  readonly exitCode: number;
}

/** Fields that identify a GPU: labels of `nvidia_smi_gpu_info`. */
export const identityFields = [
  'uuid',
  'name',
  'driver_model.current',
  'driver_model.pending',
  'vbios_version',
  'driver_version',
  'pci.bus_id',
  'serial',
  'index',
] as const;

export const defaultFields = [
  'pstate,fan.speed,temperature.gpu,temperature.memory,utilization.gpu,utilization.memory,utilization.encoder,utilization.decoder',
  'memory.total,memory.used,memory.free,power.draw,power.limit,enforced.power.limit',
  'clocks.current.graphics,clocks.current.sm,clocks.current.memory,clocks.current.video,clocks.max.graphics,clocks.max.memory',
  'pcie.link.gen.current,pcie.link.width.current,encoder.stats.sessionCount,persistence_mode',
  'ecc.errors.corrected.volatile.total,ecc.errors.uncorrected.volatile.total,retired_pages.pending',
  'clocks_throttle_reasons.hw_slowdown,clocks_throttle_reasons.sw_thermal_slowdown,clocks_throttle_reasons.sw_power_cap',
].join(',');

const limits = { timeoutMs: 10_000, maxBytes: 2 ** 20 };

/** Returns a function that polls the GPUs. The first poll reads the list of fields that nvidia-smi knows, because a query with an unknown field fails as a whole. */
export function createGpuPoll({ run, command, fields }: GpuPollOptions): () => Promise<GpuPoll> {
  let known: ReadonlySet<string> | undefined;
  return async () => {
    known ??= parseFieldHelp((await run({ command, args: ['--help-query-gpu'], ...limits })).output);
    const wanted = new Set([...identityFields, ...fields.split(',').map((field) => field.trim())]);
    const query = [...wanted].filter((field) => known?.has(field));
    const args = [`--query-gpu=${query.join(',')}`, '--format=csv'];
    const { exitCode, output } = await run({ command, args, ...limits });
    if (exitCode !== 0) throw new Error(`${command}: ended with ${exitCode}: ${output.trim().slice(0, 200)}`);
    return { table: parseCsv(output), exitCode };
  };
}
