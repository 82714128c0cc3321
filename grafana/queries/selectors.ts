/** The label matchers of all selectors in dashboards. */
import type { Matcher } from '../../common/catalogue/expression.ts';
import type { TierName } from '../../common/catalogue/tiers.ts';

function pattern(label: string, value: string): Matcher {
  return { label, operator: '=~', value };
}

export const chosenHosts: readonly Matcher[] = [pattern('job', '$job'), pattern('instance', '$instance')];

/** The variable of a tier that is off matches no job, so Prometheus reads no series for it. */
export function tierMatcher(tier: TierName): Matcher {
  return pattern('job', `$tier_${tier}`);
}

/** Interfaces hidden by default: loopback, containers, virtual machines. */
export const chosenInterfaces: readonly Matcher[] = [
  pattern('device', '$interface'),
  { label: 'device', operator: '!~', value: '$hidden_interfaces' },
];

export const chosenDisks: readonly Matcher[] = [pattern('device', '$disk')];

export const chosenFilesystems: readonly Matcher[] = [
  pattern('mountpoint', '$mountpoint'),
  { label: 'fstype', operator: '!~', value: '$hidden_fstypes' },
];

/** For dashboards without a variable for file systems or interfaces. */
export const shownInterfaces = chosenInterfaces.slice(1);
export const shownFilesystems = chosenFilesystems.slice(1);

/** Matches hosts only: Prometheus and the programs of the stack have an `up`, too. */
export const upOfHosts = 'up{job="node",job=~"$job",instance=~"$instance"}';

/**
 * Matches firing alerts of the selected hosts, and alerts without `job` or `instance`, which concern all hosts or come from
 * rules that aggregate these labels away. Excludes Watchdog.
 */
const concerning = 'severity=~"critical|warning",job=~"$job|",instance=~"$instance|"';
export const firing = `ALERTS{alertstate="firing",${concerning}}`;
export const began = `ALERTS_FOR_STATE{${concerning}}`;
