/** Renders the view `/rules`: rules created by the API and rules from files. `?name=` searches. */
import { rulesPath } from '../../common/page/paths.ts';
import { SeverityBadge } from '../alerts/badges.tsx';
import { type Rule, type RuleList, rulesApiPath } from '../api/rules.ts';
import { Icon } from '../components/icon.tsx';
import { LoadStatus, Notice, ReadOnly } from '../components/notices.tsx';
import { ViewHead } from '../components/view-head.tsx';
import { useGet, useServices, useSession, useShortcuts, useStore } from '../hooks/services.ts';
import { RefreshControl, useRefresh } from '../pickers/refresh-control.tsx';
import { FileRules } from '../rules/file-rules.tsx';
import { RuleState } from '../rules/rule-state.tsx';
import { conditionOf, findsName } from '../rules/rule-text.ts';

export function RulesView() {
  const { navigation } = useServices();
  const { query } = useStore(navigation.address);
  const session = useSession();
  const refresh = useRefresh();
  const wanted = query.get('name') ?? '';
  const isBound = session?.host !== undefined;
  const mayRead = session !== undefined && !isBound;
  const { data, error } = useGet<RuleList>(mayRead ? rulesApiPath : undefined, refresh.nowMs);
  useShortcuts([{ keys: 'n', label: 'Create rule', run: () => navigation.go(`${rulesPath}/new`) }]);
  if (isBound)
    return (
      <Notice
        title="Rules are not available"
        text={`This session is limited to ${session.host}; rules apply to all hosts.`}
      />
    );
  const shown = data?.rules.filter(({ name }) => findsName(name, wanted)) ?? [];
  return (
    <>
      <ViewHead title="Rules">
        <input
          type="search"
          aria-label="Search rules"
          placeholder="Search rules"
          value={wanted}
          onInput={({ currentTarget }) => navigation.change({ name: currentTarget.value || undefined }, 'replace')}
        />
        <a class="button primary" href={`${rulesPath}/new`}>
          <Icon name="plus" /> Create rule
        </a>
        <RefreshControl state={refresh} onRefresh={refresh.refresh} />
      </ViewHead>
      {session?.may_write === false ? <ReadOnly what="rules" /> : null}
      <section class="part" aria-labelledby="own-title">
        <h2 id="own-title">
          Created here <span class="count">{data === undefined ? '' : shown.length}</span>
        </h2>
        <LoadStatus data={data} error={error} what="the rules" />
        {data === undefined ? null : shown.length === 0 ? (
          <p class="card empty-note">{data.rules.length === 0 ? 'No rules yet' : 'No matching rules'}</p>
        ) : (
          <RuleTable rules={shown} />
        )}
      </section>
      <FileRules wanted={wanted} own={data?.rules ?? []} nowMs={refresh.nowMs} />
    </>
  );
}

/** Renders the table of rules. On a narrow screen each rule is a card. */
function RuleTable({ rules }: { readonly rules: readonly Rule[] }) {
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
