/** The recording rules: one group a tier, every metric of the catalogue in its order. */
import { metrics } from '../common/catalogue/index.ts';
import { recordingExpression } from '../common/catalogue/queries.ts';
import { operationsOf, type RecordedTierName, recordingName } from '../common/catalogue/tiers.ts';
import type { RuleGroup } from '../common/prometheus/rule-file.ts';

/**
 * The name may never change: Prometheus takes the moment within the interval at which it evaluates a group from the hash
 * of the file's and the group's name, and the recorded points lie on that grid.
 */
export function recordingGroup(tier: RecordedTierName): RuleGroup {
  return {
    name: `hostpulse-recording-${tier}`,
    interval: tier,
    rules: metrics.flatMap((metric) =>
      operationsOf(metric).map((operation) => ({
        record: recordingName(metric, operation, tier),
        expr: recordingExpression(metric, operation, tier),
      })),
    ),
  };
}
