/** Returns the rule files for a Prometheus that already scrapes node_exporter, with their promtool cases. */
import { stringify } from 'yaml';
import { recordedTierNames } from '../../common/catalogue/tiers.ts';
import { type RuleGroup, renderRuleFile } from '../../common/prometheus/rule-file.ts';
import { alertGroupsOf } from '../alerting.ts';
import { type Fleet, fleetOf } from '../fleet.ts';
import { recordingGroup } from '../recording.ts';
import { renderAlertCases, renderForecastCases } from './alert-cases.ts';
import type { CaseJobs } from './case-file.ts';
import { renderRecordingCases } from './recording-cases.ts';

export interface ExistingPrometheus extends CaseJobs {
  readonly intervalSeconds: number;
  /** RE2, anchored. */
  readonly jobPattern: string;
}

export interface OutputFile {
  /** Relative to the output directory. */
  readonly path: string;
  readonly text: string;
}

const alertsFile = 'hostpulse-alerts.rules.yml';
const recordingFile = (tier: string): string => `hostpulse-recording-${tier}.rules.yml`;

/** Returns rule files and cases below `rules/`. */
export function existingRuleFiles(prometheus: ExistingPrometheus): readonly OutputFile[] {
  const fleet = fleetOf(prometheus.jobPattern, prometheus.intervalSeconds);
  const recordingFiles = recordedTierNames.map(recordingFile);
  const file = (name: string, text: string): OutputFile => ({ path: `rules/${name}`, text });
  return [
    ...recordedTierNames.map((tier) =>
      file(recordingFile(tier), renderRuleFile(comment(prometheus), [recordingGroup(tier, fleet)])),
    ),
    file(alertsFile, renderRuleFile(comment(prometheus), alertGroupsOf(fleet))),
    file('hostpulse-recording.test.yaml', renderRecordingCases(recordingFiles, prometheus.intervalSeconds, prometheus)),
    file('hostpulse-alerts.test.yaml', renderAlertCases([alertsFile], fleet, prometheus)),
    file('hostpulse-forecasts.test.yaml', renderForecastCases([alertsFile], prometheus)),
  ];
}

/** Returns all groups as one resource of the Prometheus Operator. */
export function renderPrometheusRule(prometheus: ExistingPrometheus): string {
  const fleet = fleetOf(prometheus.jobPattern, prometheus.intervalSeconds);
  const resource = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'hostpulse', labels: { 'app.kubernetes.io/name': 'hostpulse' } },
    spec: { groups: groupsOf(fleet) },
  };
  return `# ${comment(prometheus)}\n${stringify(resource, { lineWidth: 118, blockQuote: 'folded', defaultStringType: 'PLAIN' })}`;
}

function groupsOf(fleet: Fleet): readonly RuleGroup[] {
  return [...recordedTierNames.map((tier) => recordingGroup(tier, fleet)), ...alertGroupsOf(fleet)];
}

function comment({ intervalSeconds, jobPattern }: ExistingPrometheus): string {
  return `Written by hostpulse rules generate --scrape-interval ${intervalSeconds}s --job '${jobPattern}'; do not edit.`;
}
