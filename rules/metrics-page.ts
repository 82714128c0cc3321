/** Renders docs/metrics.md: every metric of the catalogue with its expressions and recorded series. */
import { allMetrics, type CatalogueMetric, metrics, operationsOf, recordingName } from '../common/catalogue/metrics.ts';
import { currentExpression, recordingExpression } from '../common/catalogue/promql.ts';
import { type RecordedTierName, recordedTierNames, tierByName } from '../common/catalogue/tiers.ts';
import { workloadMetrics } from '../common/catalogue/workloads.ts';

const opening = `# Metrics

Generated from common/catalogue by \`npm run generate\`; do not edit.

Every metric has the labels \`job\`, \`instance\` (the bare host name), the static labels of its host, and the labels in
the table. Raw samples arrive every 5 s and are kept for 24 hours. Means, and maxima where peaks matter, are kept for 7 days
at 1 minute and for 30 days at 5 minutes. \`interval\` is how often the exporter reads the value; every sample set contains
the last reading.

A point of a recorded series at time T covers the 1 or 5 minutes that end at T - 15 s.
[decisions/rollups.md](decisions/rollups.md) explains the expressions.
`;

const workloads = `
## Workloads and hardware

Hosts have these metrics when the collector of the exporter is on: units, containers, process_groups, smart, nvidia, hwmon, filefd,
conntrack. \`GET /api/v1/metrics/current\` returns them when they are named. Their raw samples are kept for 30 days, and the recorded
series of units, containers and groups of processes are the 20 largest of a host in each step.
`;

export function renderMetricsPage(): string {
  return [
    opening,
    '## Overview\n',
    overview(metrics),
    workloads,
    overview(workloadMetrics),
    '\n## Expressions\n',
    allMetrics.map(section).join('\n'),
  ].join('\n');
}

function overview(listed: readonly CatalogueMetric[]): string {
  const rows = listed.map((metric) => {
    const { name, unit, kind, labels, interval, help } = metric;
    return `| ${name} | ${unit} | ${kind} | ${labels.join(', ')} | ${interval} | ${recordedOperations(metric)} | ${help} |`;
  });
  return [
    '| name | unit | kind | labels | interval | recorded | description |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function recordedOperations({ peak, top }: CatalogueMetric): string {
  const operations = peak ? 'avg, max' : 'avg';
  return top === undefined ? operations : `${operations} of the ${top} largest`;
}

function section(metric: CatalogueMetric): string {
  return [
    `### ${metric.name}\n`,
    ...recordedTierNames.map(
      (tier) =>
        `- ${tier}: ${operationsOf(metric)
          .map((operation) => `\`${recordingName(metric, operation, tier)}\``)
          .join(', ')}`,
    ),
    `- pushed by its dotted name: \`${metric.pushedFamily}\`\n`,
    '```promql',
    `# now`,
    currentExpression(metric),
    ...operationsOf(metric).map((operation) => recorded(metric, operation, '1m')),
    '```\n',
  ].join('\n');
}

function recorded(metric: CatalogueMetric, operation: 'avg' | 'max', tier: RecordedTierName): string {
  return `# ${recordingName(metric, operation, tier)}\n${recordingExpression(metric, operation, tierByName(tier))}`;
}
