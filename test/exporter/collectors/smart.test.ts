/** Tests the collector with a disk that enters standby between two readings. */
import { expect, test } from '@jest/globals';
import type { RunProgram } from '../../../exporter/collector/child-program.ts';
import { smart } from '../../../exporter/collectors/smart.ts';
import { createRecordingFaults, createRecordingLog, flagsOf, hostPaths } from '../../support/collector-host.ts';

const { signal } = new AbortController();

test('a disk in standby keeps its values except for the temperature, and is not woken', async () => {
  const calls: string[] = [];
  let isAsleep = false;
  const run: RunProgram = ({ args }) => {
    calls.push(args.join(' '));
    const awake = {
      smartctl: { exit_status: 0 },
      smart_status: { passed: true },
      temperature: { current: 30 },
      power_cycle_count: 5,
    };
    const asleep = { smartctl: { exit_status: 2, messages: [{ string: 'Device is in STANDBY mode, exit(2)' }] } };
    const output = args.includes('--scan')
      ? { devices: [{ name: '/dev/sda', type: 'sat' }] }
      : isAsleep
        ? asleep
        : awake;
    return Promise.resolve({ exitCode: 0, output: JSON.stringify(output) });
  };
  let timeMs = 0;
  const read = smart.create({
    paths: hostPaths('/nonexistent'),
    log: createRecordingLog(),
    faults: createRecordingFaults(),
    flags: flagsOf(smart),
    runProgram: run,
    now: () => timeMs,
  });
  const scrape = async () => {
    const families = await read(signal);
    const value = (name: string) => families.find((family) => family.name === name)?.samples[0]?.value;
    return {
      cycles: value('smartctl_device_power_cycle_count'),
      celsius: value('smartctl_device_temperature'),
      passed: value('smartctl_device_smart_status'),
      standby: value('hostpulse_smart_device_standby'),
    };
  };
  expect(await scrape()).toEqual({ cycles: 5, celsius: 30, passed: 1, standby: 0 });
  isAsleep = true;
  timeMs += 299_000;
  expect(await scrape()).toEqual({ cycles: 5, celsius: 30, passed: 1, standby: 0 });
  expect(calls).toHaveLength(2);
  timeMs += 1_000;
  expect(await scrape()).toEqual({ cycles: 5, celsius: undefined, passed: 1, standby: 1 });
  expect(calls).toHaveLength(4);
  expect(calls.at(-1)).toContain('--nocheck=standby');
});
