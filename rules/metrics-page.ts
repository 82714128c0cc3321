/** docs/metrics.md: every metric of the catalogue with what it is made of and what is recorded of it. */
import { metrics } from '../common/catalogue/index.ts';
import type { CatalogueMetric } from '../common/catalogue/metric.ts';
import { currentExpression, recordingExpression } from '../common/catalogue/queries.ts';
import { operationsOf, type RecordedTierName, recordedTierNames, recordingName } from '../common/catalogue/tiers.ts';

const opening = `# Metrics

Made from common/catalogue by \`npm run generate\`; do not edit.

Every metric has the labels \`job\`, \`instance\` (the bare host name), the static labels of its host, and those named
here. Raw samples come every 5 s and are kept for 24 h; means (and the highest values, where a peak matters) of 1 minute
are kept for 7 days, of 5 minutes for 30 days. \`interval\` is how often the exporter reads it anew; every sample set
carries the last reading.

A point of a recorded series at time T tells of the 1 or 5 minutes that end at T - 15 s. How rollups are computed, and
why: [decisions/rollups.md](decisions/rollups.md).
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
    '| name | unit | kind | labels | interval | recorded | what |',
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
    `- pushed under its own name: \`${metric.pushedFamily}\`\n`,
    '```promql',
    `# now`,
    currentExpression(metric),
    ...operationsOf(metric).map((operation) => recorded(metric, operation, '1m')),
    '```\n',
  ].join('\n');
}

function recorded(metric: CatalogueMetric, operation: 'avg' | 'max', tier: RecordedTierName): string {
  return `# ${recordingName(metric, operation, tier)}\n${recordingExpression(metric, operation, tier)}`;
}
