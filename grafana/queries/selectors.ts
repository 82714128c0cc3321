/** The label matchers that every selector of a dashboard carries. */
import type { Matcher } from '../../common/catalogue/matcher.ts';
import type { TierName } from '../../common/catalogue/tiers.ts';

function pattern(label: string, value: string): Matcher {
  return { label, operator: '=~', value };
}

export const chosenHosts: readonly Matcher[] = [pattern('job', '$job'), pattern('instance', '$instance')];

/** No series of a tier that is switched off has a job that its variable matches: Prometheus looks at none. */
export function tierMatcher(tier: TierName): Matcher {
  return pattern('job', `$tier_${tier}`);
}

/** Loopback, containers' and virtual machines' interfaces, unless somebody asks. */
export const chosenInterfaces: readonly Matcher[] = [
  pattern('device', '$interface'),
  { label: 'device', operator: '!~', value: '$hidden_interfaces' },
];

export const chosenDisks: readonly Matcher[] = [pattern('device', '$disk')];

export const chosenFilesystems: readonly Matcher[] = [
  pattern('mountpoint', '$mountpoint'),
  { label: 'fstype', operator: '!~', value: '$hidden_fstypes' },
];

/** On pages about everything, where nobody chooses among a host's file systems or interfaces. */
export const shownInterfaces = chosenInterfaces.slice(1);
export const shownFilesystems = chosenFilesystems.slice(1);

/** Hosts alone: Prometheus and the stack's own programs have an `up`, too. */
export const upOfHosts = 'up{job="node",job=~"$job",instance=~"$instance"}';

/**
 * Alerts that somebody should look at, of the chosen hosts; and those that have no job or no instance, since an alert about
 * everything, or one whose rule sums labels away, concerns whoever looks.
 */
const concerning = 'severity=~"critical|warning",job=~"$job|",instance=~"$instance|"';
export const firing = `ALERTS{alertstate="firing",${concerning}}`;
export const began = `ALERTS_FOR_STATE{${concerning}}`;
