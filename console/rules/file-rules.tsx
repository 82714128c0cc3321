/** Renders the alert rules from files, read-only: the files are edited outside the page. */
import { alertsPath } from '../../common/page/paths.ts';
import { SeverityBadge } from '../alerts/badges.tsx';
import type { Labels } from '../api/promql.ts';
import type { Rule } from '../api/rules.ts';
import { LoadStatus } from '../components/notices.tsx';
import { formatSpan } from '../format/values.ts';
import { useGet } from '../hooks/services.ts';
import { RuleState } from './rule-state.tsx';
import { findsName } from './rule-text.ts';

interface FileRule {
  readonly name: string;
  readonly query: string;
  readonly for_seconds: number;
  readonly severity?: string;
  readonly annotations: Labels;
  readonly state: 'inactive' | 'pending' | 'firing';
  readonly health: 'ok' | 'err' | 'unknown';
  readonly last_error?: string;
}

interface FileRulesProps {
  /** Search text for the rule's name. */
  readonly wanted: string;
  /** Rules created by the API, which are listed elsewhere. */
  readonly own: readonly Rule[];
  readonly nowMs: number;
}

const worst = ['firing', 'pending', 'inactive'];

export function FileRules({ wanted, own, nowMs }: FileRulesProps) {
  const { data, error } = useGet<{ readonly rules: readonly FileRule[] }>('/page/alerting-rules', nowMs);
  const names = new Set(own.map(({ name }) => name));
  const shown = data?.rules
    .filter(({ name }) => !names.has(name) && findsName(name, wanted))
    .toSorted((a, b) => worst.indexOf(a.state) - worst.indexOf(b.state) || (a.name < b.name ? -1 : 1));
  return (
    <section class="part" aria-labelledby="loaded-title">
      <h2 id="loaded-title">
        From files <span class="count">{shown?.length}</span>
      </h2>
      <p class="secondary">Read-only: edit the file to change a rule.</p>
      <LoadStatus data={data} error={error} what="the rules from Prometheus" />
      {shown === undefined ? null : shown.length === 0 ? (
        <p class="card empty-note">{wanted === '' ? 'No rules from files' : 'No matching rules'}</p>
      ) : (
        <ul class="card rows file-rules">
          {shown.map((rule, index) => (
            <FileRuleRow key={`${rule.name} ${index}`} rule={rule} isOpen={shown.length === 1} />
          ))}
        </ul>
      )}
    </section>
  );
}

function FileRuleRow({ rule, isOpen }: { readonly rule: FileRule; readonly isOpen: boolean }) {
  const { name, query, for_seconds, severity, annotations, state, health, last_error } = rule;
  const status = { state, health, ...(last_error === undefined ? {} : { last_error }) };
  return (
    <li>
      <details open={isOpen}>
        <summary>
          <span class="file-rule-state">
            <RuleState enabled status={status} />
          </span>
          <SeverityBadge severity={severity} />
          <strong>{name}</strong>
          <span class="secondary file-rule-text">{annotations['description']}</span>
        </summary>
        {last_error === undefined ? null : <p class="bad">{last_error}</p>}
        <pre class="wrapped">{query}</pre>
        <p class="secondary">
          {for_seconds === 0 ? 'Fires at once.' : `Fires after ${formatSpan(for_seconds * 1_000)}.`}{' '}
          <a href={`${alertsPath}?${new URLSearchParams({ rule: name })}`}>Show alerts</a>
        </p>
      </details>
    </li>
  );
}
