/** The gateway's settings of tiers: the retention of each tier and the schedule of the nightly job. */
import { validateDetailed } from 'node-cron';
import type { Problem } from '../../common/program/settings/config.ts';
import { fault, flag, path, type SettingType } from '../../common/program/settings/setting-type.ts';
import { type ConfigOf, optional, type Settings, setting } from '../../common/program/settings/settings.ts';
import { duration, renderDuration } from '../../common/program/settings/units.ts';
import { pushLimits } from '../ingest/sample-checks.ts';
import { defaultPeriods, type RetentionPeriods } from './retention/retention-plan.ts';

/** A cron expression of five fields, or of six with seconds first. */
const schedule: SettingType<string> = {
  placeholder: 'cron',
  parse(raw) {
    if (typeof raw === 'string' && validateDetailed(raw).valid) return { value: raw };
    return fault('a cron expression such as "17 3 * * *"', raw);
  },
  print: (value) => value,
};

const hour = duration({ minMs: 3_600_000 });

export const tierSettings = {
  retentionEnabled: setting({
    path: 'retention.enabled',
    help: 'delete samples beyond the retention of their tier; false where the backend has its own retention',
    type: flag,
    default: true,
  }),
  retentionSchedule: setting({
    path: 'retention.schedule',
    help: 'when missing rollups are added and old samples deleted: a cron expression in local time',
    type: schedule,
    default: '17 3 * * *',
  }),
  retentionRawMs: setting({
    path: 'retention.raw',
    help: 'how long raw samples are kept; never less than retention.late',
    type: hour,
    default: defaultPeriods.rawMs,
  }),
  retentionMinuteMs: setting({
    path: 'retention.1m',
    help: 'how long the 1-minute tier is kept',
    type: hour,
    default: defaultPeriods.minuteMs,
  }),
  retentionFiveMinutesMs: optional({
    path: 'retention.5m',
    help: "how long the 5-minute tier is kept; as long as Prometheus' own retention when absent",
    type: hour,
  }),
  retentionOtherMs: optional({
    path: 'retention.other',
    help: "how long series that hostpulse does not use are kept; as long as Prometheus' own retention when absent",
    type: hour,
  }),
  retentionLateMs: setting({
    path: 'retention.late',
    help: 'how late samples may arrive: raw samples are kept at least this long; 0s where every host is scraped',
    type: duration({ minMs: 0 }),
    default: pushLimits.maxAgeMs,
  }),
  prometheusDataDirectory: optional({
    path: 'retention.prometheus_data_dir',
    help: 'accepted and without effect: Prometheus before 2.53 is never told to free space',
    type: path,
  }),
} satisfies Settings;

export type TierConfig = ConfigOf<typeof tierSettings>;

export function periodsOf(config: TierConfig): RetentionPeriods {
  return {
    rawMs: config.retentionRawMs,
    minuteMs: config.retentionMinuteMs,
    fiveMinutesMs: config.retentionFiveMinutesMs,
    otherMs: config.retentionOtherMs,
    lateMs: config.retentionLateMs,
  };
}

/** Returns a problem for a tier with a shorter retention than a finer one, whose samples would be deleted unchecked. */
export function checkTiers(config: TierConfig): readonly Problem[] {
  const { retentionRawMs: raw, retentionMinuteMs: minute, retentionFiveMinutesMs: five } = config;
  const problem = (place: string, than: string, thanMs: number, gotMs: number): Problem => ({
    place,
    expected: `at least ${than} (${renderDuration(thanMs)})`,
    got: renderDuration(gotMs),
  });
  return [
    ...(minute < raw ? [problem('retention.1m', 'retention.raw', raw, minute)] : []),
    ...(five !== undefined && five < minute ? [problem('retention.5m', 'retention.1m', minute, five)] : []),
  ];
}
