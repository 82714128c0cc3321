/**
 * Which tier a dashboard reads, as three hidden variables of which one is on: the API's rule (common/catalogue/tier-choice.ts)
 * for a tier's own step, in PromQL. The age of the range's start shows in whether anything was written later than it plus the
 * tier's retention; Watchdog, the alert that always fires, is the one series that is there whenever rules run.
 */
import { maxPointsPerSeries } from '../../common/catalogue/tier-choice.ts';
import { type TierName, tierByName } from '../../common/catalogue/tiers.ts';
import { tierOff } from '../../common/dashboard/selection.ts';

/** A dashboard's "last 7 days" begins when it was opened: a start may be so much older than the tier is kept. */
export const slackMinutes = 5;

/** Matches every job. */
const on = '.+';
/** Wider than what the coarsest tier keeps. */
const lookAheadDays = 31;

/** Each side is empty or not by itself: VictoriaMetrics' `or` fills an empty left side's labels with the right side's value. */
export function tierQuery(tier: TierName): string {
  const condition = conditionOf(tier);
  const labelled = (value: string): string => `label_replace(vector(1), "tier", "${value}", "", "")`;
  return `(${labelled(on)} and on () (${condition})) or (${labelled(tierOff)} unless on () (${condition}))`;
}

/** True: one sample without labels. */
function conditionOf(tier: TierName): string {
  const { stepMs } = tierByName('raw');
  // One point more than steps, and both ends lie anywhere between two of them.
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

/** Whether the tier no longer covers the range's start. */
function isOlderThan(tier: TierName): string {
  const days = tierByName(tier).retentionMs / 86_400_000;
  const offset = `-${lookAheadDays + days}d${slackMinutes}m`;
  const later = `ALERTS{alertname="Watchdog"}[${lookAheadDays}d] @ \${__from:date:seconds} offset ${offset}`;
  return `count(present_over_time(${later}))`;
}
