/** Defines intervals that divide a minute or an hour, so that cron can run them. */
import { fault, type SettingType } from '../../common/program/settings/setting-type.ts';
import { duration, renderDuration } from '../../common/program/settings/units.ts';

const anyDuration = duration({ minMs: 1_000 });

/** A duration from 1 s to 1 h that divides a minute or an hour, in milliseconds. */
export const scheduleInterval: SettingType<number> = {
  ...anyDuration,
  parse(raw) {
    const parsed = anyDuration.parse(raw);
    if ('faults' in parsed || tryCronOf(parsed.value) !== undefined) return parsed;
    return fault('an interval that divides a minute or an hour, such as 10s, 1m or 15m', raw);
  },
};

/** Returns the cron expression, seconds first. Returns undefined if the interval divides neither a minute nor an hour. */
export function tryCronOf(intervalMs: number): string | undefined {
  const seconds = intervalMs / 1_000;
  if (Number.isInteger(seconds) && seconds >= 1 && 60 % seconds === 0)
    return seconds === 60 ? '0 * * * * *' : `*/${seconds} * * * * *`;
  const minutes = seconds / 60;
  if (Number.isInteger(minutes) && minutes >= 1 && 60 % minutes === 0)
    return minutes === 60 ? '0 0 * * * *' : `0 */${minutes} * * * *`;
  return undefined;
}

/** Returns the cron expression of an interval that `scheduleInterval` accepted. */
export function cronOf(intervalMs: number): string {
  const expression = tryCronOf(intervalMs);
  if (expression === undefined) throw new Error(`no schedule runs every ${renderDuration(intervalMs)}`);
  return expression;
}
