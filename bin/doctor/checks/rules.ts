/** Checks that Prometheus has loaded its configuration and evaluates every rule. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { setAsideEnding } from '../../../common/prometheus/rule-file-names.ts';
import { listSetAside } from '../../../stack/broken-rules.ts';
import { type Check, type Finding, fault, orOk, warning } from '../site/finding.ts';
import type { LocalStack, PrometheusAccess } from '../site/site.ts';

export const rules: Check = {
  name: 'rules',
  async run({ local, prometheus }) {
    const aside = local === undefined ? [] : judgeSetAside(local);
    if (prometheus === undefined) return aside;
    const { groups } = (await prometheus.ask('rules')) as { readonly groups: readonly RuleGroup[] };
    const count = groups.reduce((sum, { rules: each }) => sum + each.length, 0);
    const findings = [...aside, ...(await judgeReload(prometheus, local)), ...groups.flatMap(judgeGroup)];
    return orOk(findings, `Prometheus evaluates ${count} rules without errors`);
  },
};

interface RuleGroup {
  readonly name: string;
  readonly file: string;
  readonly interval: number;
  readonly evaluationTime?: number;
  readonly rules: readonly { readonly name: string; readonly health: string; readonly lastError?: string }[];
}

function judgeGroup({ name, file, interval, evaluationTime = 0, rules: listed }: RuleGroup): readonly Finding[] {
  const failing = listed
    .filter(({ health }) => health === 'err')
    .map(({ name: rule, lastError = 'no reason' }) =>
      fault(
        `rule ${rule} in ${basename(file)} fails: ${lastError}`,
        `fix its expression in ${file}, or by "hostpulse rules list" and "hostpulse rules apply"; then reload Prometheus`,
      ),
    );
  if (evaluationTime <= interval) return failing;
  const slow = `group ${name} takes ${evaluationTime.toFixed(1)} s, and its interval is ${interval} s`;
  return [...failing, warning(slow, 'add CPU, or remove series: hostpulse tiers status shows their number')];
}

/** A broken file is renamed at the start of Prometheus. */
function judgeSetAside({ directory }: LocalStack): readonly Finding[] {
  const folder = directory.prometheus.customRules;
  if (!existsSync(folder)) return []; // a stack that has never started
  return listSetAside(folder).map((file) => {
    const original = file.slice(0, file.indexOf(setAsideEnding));
    return fault(
      `rule file ${basename(original)} is broken and set aside; its alerts do not fire`,
      `promtool check rules ${file} shows the fault; fix it, then: mv ${file} ${original}, and restart hostpulse`,
    );
  });
}

async function judgeReload({ query }: PrometheusAccess, local: LocalStack | undefined): Promise<readonly Finding[]> {
  const failed = await query('{__name__=~"(?:prometheus|alertmanager)_config_last_reload_successful"} == 0');
  return failed.map(({ labels }) => {
    const program = labels['job'] ?? 'a program';
    const folder = program === 'alertmanager' ? local?.directory.alertmanager : local?.directory.prometheus;
    const check = program === 'alertmanager' ? 'amtool check-config' : 'promtool check config';
    return fault(`${program} refused its configuration and uses the previous one`, `${check} ${folder?.config ?? ''}`);
  });
}
