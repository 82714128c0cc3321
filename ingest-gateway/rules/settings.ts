/** Settings of the alert rules over HTTP. */
import { path } from '../../common/program/settings/setting-type.ts';
import { optional, type Settings, setting } from '../../common/program/settings/settings.ts';
import { duration } from '../../common/program/settings/units.ts';

export const ruleSettings = {
  customRulesDirectory: optional({
    path: 'rules.custom_directory',
    help: "folder whose *.rules.yml files Prometheus' rule_files include; without it rules are read-only",
    type: path,
  }),
  ruleInterval: setting({
    path: 'rules.evaluation_interval',
    help: 'how often Prometheus evaluates the rules created over HTTP; a change waits for the first evaluation',
    type: duration({ minMs: 100 }),
    default: 5_000,
  }),
  promtoolPath: setting({
    path: 'rules.promtool_path',
    help: 'path of promtool, which gives better error messages than Prometheus; optional',
    type: path,
    default: 'promtool',
  }),
} satisfies Settings;
