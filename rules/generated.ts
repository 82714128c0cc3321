/** Returns the path and text of every file that is generated from the catalogue and the alert tables. */
import { recordedTierNames } from '../common/catalogue/tiers.ts';
import type { GeneratedFile } from '../common/program/generated-files.ts';
import { renderRuleFile } from '../common/prometheus/rule-file.ts';
import { alertGroups } from './alerting.ts';
import { renderMetricsPage } from './metrics-page.ts';
import { recordingGroup } from './recording.ts';

export function generatedFiles(): readonly GeneratedFile[] {
  return [
    ...recordedTierNames.map((tier) => ({
      path: `rules/recording-${tier}.rules.yml`,
      text: renderRuleFile('Generated from common/catalogue by `npm run generate`; do not edit.', [
        recordingGroup(tier),
      ]),
    })),
    {
      path: 'rules/alerts.rules.yml',
      text: renderRuleFile(
        'Generated from the alert tables in rules/ by `npm run generate`; do not edit.',
        alertGroups,
      ),
    },
    { path: 'docs/metrics.md', text: renderMetricsPage() },
  ];
}
