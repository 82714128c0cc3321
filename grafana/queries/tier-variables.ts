/**
 * Three hidden variables that select the tier of a dashboard; exactly one is on. They implement the rule of the API
 * (common/catalogue/tier-choice.ts) in PromQL. PromQL cannot read the current time, so the age of the range's start is
 * tested by whether Watchdog, the alert that always fires, was recorded later than the start plus the tier's retention.
 */
import { maxPointsPerSeries } from '../../common/catalogue/tier-choice.ts';
import { type TierName, tierByName } from '../../common/catalogue/tiers.ts';
import { tierOff } from '../../common/dashboard/conventions.ts';

/** Grace beyond the retention: the range "last 7 days" of an open dashboard begins when the dashboard was opened. */
const slackMinutes = 5;

/** The value that matches every job. */
const on = '.+';
/** Longer than the retention of the coarsest tier. */
const lookAheadDays = 31;

/** Avoids `or` with a possibly empty left side: VictoriaMetrics then combines the labels of the left with the value of the right side. */
export function tierQuery(tier: TierName): string {
  const condition = conditionOf(tier);
  const labelled = (value: string): string => `label_replace(vector(1), "tier", "${value}", "", "")`;
  return `(${labelled(on)} and on () (${condition})) or (${labelled(tierOff)} unless on () (${condition}))`;
}

/** One sample without labels, when true. */
function conditionOf(tier: TierName): string {
  const { stepMs } = tierByName('raw');
  // A range has one point more than steps, and both ends may be between two points.
  const longest = ((maxPointsPerSeries - 1) * stepMs) / 1_000;
  switch (tier) {
    case 'raw':
      return `vector($__range_s) <= ${longest} unless ${isOlderThan('raw')}`;
    case '1m':
      return `(vector($__range_s) > ${longest} or ${isOlderThan('raw')}) unless ${isOlderThan('1m')}`;
    case '5m':
      return isOlderThan('1m');
  }
}

/** Returns PromQL that is true when the tier no longer covers the start of the range. */
function isOlderThan(tier: TierName): string {
  const days = tierByName(tier).retentionMs / 86_400_000;
  const offset = `-${lookAheadDays + days}d${slackMinutes}m`;
  const later = `ALERTS{alertname="Watchdog"}[${lookAheadDays}d] @ \${__from:date:seconds} offset ${offset}`;
  return `count(present_over_time(${later}))`;
}
