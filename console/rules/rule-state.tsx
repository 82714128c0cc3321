/** Renders the state of a rule in Prometheus: firing alerts, health, and the newest change. */
import { alertsPath } from '../../common/page/paths.ts';
import { distinctLabels, tryFormatValue } from '../alerts/alert-value.ts';
import { Badge, LabelList } from '../alerts/badges.tsx';
import type { Rule, RuleStatus } from '../api/rules.ts';
import { Icon, type IconName } from '../components/icon.tsx';
import { Timestamp } from '../components/timestamp.tsx';

const faces: Readonly<Record<RuleStatus['state'], readonly [IconName, string]>> = {
  firing: ['bell', 'firing'],
  pending: ['clock', 'warning'],
  inactive: ['check', 'good'],
  missing: ['warning', 'critical'],
};

export function RuleState({ enabled, status }: Pick<Rule, 'enabled' | 'status'>) {
  if (!enabled)
    return (
      <Badge tone="inactive" icon="pause">
        disabled
      </Badge>
    );
  if (status === undefined) return <span class="secondary">unknown</span>;
  const [icon, tone] = faces[status.state];
  return (
    <>
      <Badge tone={tone} icon={icon}>
        {status.state === 'missing' ? 'not in Prometheus' : status.state}
      </Badge>
      {status.health === 'err' ? (
        <Badge tone="critical" icon="warning" title={status.last_error}>
          failing
        </Badge>
      ) : null}
    </>
  );
}

const shownAlerts = 20;

export function RuleFacts({ rule, nowMs }: { readonly rule: Rule; readonly nowMs: number }) {
  const { status, unit, updated_at, updated_by, expression } = rule;
  const alerts = status?.alerts ?? [];
  return (
    <section class="card padded" aria-label="State">
      <p class="badges">
        <RuleState {...rule} />
        <span class="secondary">
          {status?.evaluated_at === undefined ? null : (
            <>
              evaluated <Timestamp at={status.evaluated_at} nowMs={nowMs} />,{' '}
            </>
          )}
          changed <Timestamp at={updated_at} nowMs={nowMs} />
          {updated_by === undefined ? null : ` by ${updated_by}`}
        </span>
      </p>
      {status?.last_error === undefined || status.last_error === '' ? null : (
        <p class="bad">
          <Icon name="warning" /> {status.last_error}
        </p>
      )}
      {alerts.length === 0 ? null : (
        <ul class="rows">
          {alerts.slice(0, shownAlerts).map(({ state, host, labels, value, active_at }, index) => (
            <li key={index} class="preview-row">
              <RuleState enabled status={{ state }} />
              {host === undefined ? null : (
                <a href={`${alertsPath}?${new URLSearchParams({ rule: rule.name, host })}`}>{host}</a>
              )}
              <strong>{tryFormatValue(value, unit)}</strong>
              <span class="secondary">
                since <Timestamp at={active_at} />
              </span>
              <LabelList labels={distinctLabels(labels)} />
            </li>
          ))}
        </ul>
      )}
      <details>
        <summary>Evaluated expression</summary>
        <pre class="wrapped">{expression}</pre>
      </details>
    </section>
  );
}
