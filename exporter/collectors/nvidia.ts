/** Exposes values of NVIDIA GPUs under nvidia_gpu_exporter's names, from `nvidia-smi --query-gpu`, which runs as a child process. */
import { createProgramRunner } from '../collector/child-program.ts';
import type { Collector } from '../collector/collector.ts';
import { checkSeconds, parseSeconds } from '../collector/duration-flag.ts';
import { createSlowPoll } from '../collector/slow-poll.ts';
import { ageFamilies } from '../procfs/slow-attributes.ts';
import { createGpuPoll, defaultFields, type GpuPoll } from './nvidia/gpu-poll.ts';
import { gpuFamilies } from './nvidia/gpu-samples.ts';

/** Time limit of a scrape that waits for a poll. */
const waitMs = 1_000;

export const nvidia: Collector = {
  name: 'nvidia',
  defaultEnabled: false,
  help: 'Exposes utilization, memory, temperature, power and clocks of NVIDIA GPUs, from nvidia-smi, which runs at a configured interval.',
  docs: {
    names: 'nvidia_gpu_exporter',
    source: '`nvidia-smi --query-gpu`',
    cost: 'a process every `--collector.nvidia.interval`, about 40 series per GPU',
    differences: [
      {
        upstream: 'asks for all fields that nvidia-smi lists',
        here: 'asks for the fields of `--collector.nvidia.fields` that nvidia-smi lists',
        reason: 'the other hundred fields are constant on most GPUs',
      },
      {
        upstream: '`nvidia_smi_gpu_info` has `compute_cap`, `pci_sub_device_id`, `cuda_version`',
        here: 'these labels are absent',
        reason: 'a metric per capability of the driver',
      },
    ],
  },
  flags: [
    { name: 'path', help: 'Program that queries the GPUs.', default: 'nvidia-smi' },
    { name: 'interval', help: 'Time between two queries.', default: '15s', check: checkSeconds },
    { name: 'fields', help: 'Fields to query, separated by commas.', default: defaultFields },
  ],
  create({ flags, faults, now = Date.now, runProgram = createProgramRunner() }) {
    const intervalMs = parseSeconds(flags['interval'] ?? '');
    const poll = createGpuPoll({ run: runProgram, command: flags['path'] ?? '', fields: flags['fields'] ?? '' });
    const counts = { failures: 0 };
    const read = createSlowPoll<GpuPoll>({
      poll,
      intervalMs,
      waitMs,
      maxAgeMs: 4 * intervalMs,
      now,
      onError(error) {
        counts.failures += 1;
        faults.report('nvidia', error);
      },
    });
    return async () => {
      const polled = await read();
      if (polled === undefined) return [];
      return [...gpuFamilies(polled.value, counts.failures, faults), ...ageFamilies('nvidia', polled.ageSeconds)];
    };
  },
};
