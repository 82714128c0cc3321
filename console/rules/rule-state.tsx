/** How a rule stands with Prometheus: what it found, and whether it can be evaluated at all. */
import type { Rule, RuleStatus } from '../api/rules.ts';
import { Icon, type IconName } from '../components/icon.tsx';

const faces: Readonly<Record<RuleStatus['state'], readonly [IconName, string]>> = {
  firing: ['bell', 'firing'],
  pending: ['clock', 'warning'],
  inactive: ['check', 'good'],
  missing: ['warning', 'critical'],
};

export function RuleState({ enabled, status }: Pick<Rule, 'enabled' | 'status'>) {
  if (!enabled)
    return (
      <span class="mark over">
        <Icon name="pause" /> disabled
      </span>
    );
  if (status === undefined) return <span class="quiet">not known</span>;
  const [icon, tone] = faces[status.state];
  return (
    <>
      <span class={`mark ${tone}`}>
        <Icon name={icon} /> {status.state === 'missing' ? 'not in Prometheus' : status.state}
      </span>
      {status.health === 'err' ? (
        <span class="mark critical" title={status.last_error}>
          <Icon name="warning" /> fails
        </span>
      ) : null}
    </>
  );
}
