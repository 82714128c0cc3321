/** Table of the rules created by the API. On a narrow screen each rule is a card. */
import { rulesPath } from '../../common/page/paths.ts';
import { SeverityBadge } from '../alerts/badges.tsx';
import type { Rule } from '../api/rules.ts';
import { RuleState } from './rule-state.tsx';
import { conditionOf } from './rule-text.ts';

export function RuleTable({ rules }: { readonly rules: readonly Rule[] }) {
  return (
    <table class="data-table stacking card">
      <caption class="hidden-label">Rules, by name</caption>
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Rule</th>
          <th scope="col">Severity</th>
          <th scope="col">Condition</th>
          <th scope="col">Hosts</th>
          <th scope="col">Channels</th>
        </tr>
      </thead>
      <tbody>
        {rules.map((rule) => (
          <tr key={rule.id}>
            <td data-label="State">
              <RuleState {...rule} />
            </td>
            <td data-label="Rule" class="main">
              <a href={`${rulesPath}/${encodeURIComponent(rule.id)}`}>{rule.name}</a>
              {rule.status?.health === 'err' ? <p class="bad">{rule.status.last_error}</p> : null}
            </td>
            <td data-label="Severity">
              <SeverityBadge severity={rule.severity} />
            </td>
            <td data-label="Condition">
              <code>{conditionOf(rule)}</code>
            </td>
            <td data-label="Hosts">{whereOf(rule)}</td>
            <td data-label="Channels">
              {rule.channels?.join(', ') || <span class="secondary no-wrap">by routes</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function whereOf({ metric, hosts = [] }: Rule): string {
  if (metric === undefined) return 'by expression';
  if (hosts.length === 0) return 'all hosts';
  return hosts.length > 3 ? `${hosts.slice(0, 3).join(', ')} and ${hosts.length - 3} more` : hosts.join(', ');
}
