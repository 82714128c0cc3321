/** Defines the recording rules: one group per tier, with all metrics in the order of the catalogue. */
import { metrics, operationsOf, recordingName } from '../common/catalogue/metrics.ts';
import { recordingExpression } from '../common/catalogue/promql.ts';
import { type RecordedTierName, tierByName } from '../common/catalogue/tiers.ts';
import type { RuleGroup } from '../common/prometheus/rule-file.ts';
import { type Fleet, ownFleet } from './fleet.ts';

/**
 * Returns the recording rules of one tier. The group name must never change: Prometheus derives the time of evaluation
 * within the interval from a hash of file and group name, and all recorded points are on that grid.
 */
export function recordingGroup(tier: RecordedTierName, { matchers, intervalSeconds }: Fleet = ownFleet): RuleGroup {
  return {
    name: `hostpulse-recording-${tier}`,
    interval: tier,
    rules: metrics.flatMap((metric) =>
      operationsOf(metric).map((operation) => ({
        record: recordingName(metric, operation, tier),
        expr: recordingExpression(metric, operation, tierByName(tier), { matchers, intervalSeconds }),
      })),
    ),
  };
}
