/** Settings of the rules made over HTTP. */
import { path } from '../../common/program/settings/setting-type.ts';
import { optional, type Settings, setting } from '../../common/program/settings/settings.ts';
import { duration } from '../../common/program/settings/units.ts';

export const ruleSettings = {
  customRulesDirectory: optional({
    path: 'rules.custom_directory',
    help: "folder that Prometheus' rule_files name as custom-rules/*.rules.yml; without it rules can be read, not written",
    kind: path,
  }),
  ruleInterval: setting({
    path: 'rules.evaluation_interval',
    help: 'how often Prometheus evaluates the rules made over HTTP; a change waits for the first time',
    kind: duration({ minMs: 100 }),
    default: 5_000,
  }),
  promtoolPath: setting({
    path: 'rules.promtool_path',
    help: 'promtool, which says more of a fault than Prometheus does; not needed',
    kind: path,
    default: 'promtool',
  }),
} satisfies Settings;
