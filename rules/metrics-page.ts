/** Renders docs/metrics.md: every metric of the catalogue with its expressions and recorded series. */
import { type CatalogueMetric, metrics, operationsOf, recordingName } from '../common/catalogue/metrics.ts';
import { currentExpression, recordingExpression } from '../common/catalogue/promql.ts';
import { type RecordedTierName, recordedTierNames, tierByName } from '../common/catalogue/tiers.ts';

const opening = `# Metrics

Generated from common/catalogue by \`npm run generate\`; do not edit.

Every metric has the labels \`job\`, \`instance\` (the bare host name), the static labels of its host, and the labels in
the table. Raw samples arrive every 5 s and are kept for 24 hours. Means, and maxima where peaks matter, are kept for 7 days
at 1 minute and for 30 days at 5 minutes. \`interval\` is how often the exporter reads the value; every sample set contains
the last reading.

A point of a recorded series at time T covers the 1 or 5 minutes that end at T - 15 s.
[decisions/rollups.md](decisions/rollups.md) explains the expressions.
`;

export function renderMetricsPage(): string {
  return [opening, '## Overview\n', overview(), '\n## Expressions\n', metrics.map(section).join('\n')].join('\n');
}

function overview(): string {
  const rows = metrics.map(
    ({ name, unit, kind, labels, interval, peak, help }) =>
      `| ${name} | ${unit} | ${kind} | ${labels.join(', ')} | ${interval} | ${peak ? 'avg, max' : 'avg'} | ${help} |`,
  );
  return [
    '| name | unit | kind | labels | interval | recorded | description |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
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
