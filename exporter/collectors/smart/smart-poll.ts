/** Polls all disks with smartctl, two disks at a time. */
import type { RunProgram } from '../../collector/child-program.ts';
import type { NameFilter } from '../../collector/name-filter.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';
import {
  deviceLabel,
  isStandby,
  type Json,
  messagesOf,
  parseScan,
  parseSmartctl,
  type SmartDevice,
  valueAt,
  wasRead,
} from './smart-json.ts';
import type { SmartReading } from './smart-samples.ts';

export interface SmartPollOptions {
  readonly run: RunProgram;
  readonly command: string;
  readonly isShown: NameFilter;
  readonly faults: ValueFaults;
}

export interface SmartPoll {
  readonly readings: readonly SmartReading[];
  /** The output of `smartctl --scan`, which has the version. */
  readonly scan: Json;
}

const limits = { timeoutMs: 30_000, maxBytes: 4 * 2 ** 20 };
/** Number of programs that run in parallel. With more programs, disks of one controller would wait for each other. */
const lanes = 2;
/** Maximum number of disks that a poll reads. */
const maxDevices = 256;

/** Returns a function that polls the disks. A disk in standby has the values of its last reading. An error costs only the values of the disk where it occurs. */
export function createSmartPoll({ run, command, isShown, faults }: SmartPollOptions): () => Promise<SmartPoll> {
  let awake = new Map<string, Json>();

  async function read(device: SmartDevice): Promise<SmartReading> {
    const label = deviceLabel(device);
    const options = ['--info', '--health', '--attributes', '--tolerance=verypermissive', '--nocheck=standby'];
    const args = ['--json', ...options, '--format=brief', '--log=error', `--device=${device.type}`, device.name];
    const { output } = await run({ command, args, ...limits });
    const json = parseSmartctl(output);
    if (isStandby(json)) return { device: label, json: awake.get(label) ?? {}, isStandby: true };
    const status = valueAt(json, 'smartctl.exit_status');
    if (typeof status !== 'number' || !wasRead(status))
      throw new Error(`${device.name}: ${messagesOf(json).join('; ') || 'smartctl read no values'}`);
    awake.set(label, json);
    return { device: label, json, isStandby: false };
  }

  return async () => {
    const { output } = await run({ command, args: ['--json', '--scan'], ...limits });
    const devices = parseScan(output).filter((device) => isShown(deviceLabel(device)));
    const waiting = devices.slice(0, maxDevices);
    const readings: SmartReading[] = [];
    const lane = async (): Promise<void> => {
      for (let device = waiting.shift(); device !== undefined; device = waiting.shift()) {
        const { name } = device;
        try {
          readings.push(await read(device));
        } catch (error) {
          faults.report(`smart ${name}`, error);
        }
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    readings.sort((a, b) => (a.device < b.device ? -1 : 1));
    const listed = new Set(devices.map(deviceLabel));
    awake = new Map([...awake].filter(([label]) => listed.has(label)));
    return { readings, scan: parseSmartctl(output) };
  };
}
