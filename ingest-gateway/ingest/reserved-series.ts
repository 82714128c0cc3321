/** Decides which series a push must not contain, alike for every protocol. */
import { metrics } from '../../common/catalogue/metrics.ts';
import { operationsOf, recordedTierNames, recordingName } from '../../common/catalogue/tiers.ts';
import { alertGroups } from '../../rules/alerting.ts';
import { hostJob } from '../forward/scraped-hosts.ts';
import { hostName } from '../schema/fields.ts';

/** The labels that identify what a series is about. Absent labels are empty. */
export interface SeriesIdentity {
  readonly name: string;
  readonly job: string;
  readonly alertname: string;
  readonly instance: string;
}

/** Jobs of hostpulse's own programs: prometheus.yml scrapes them, and alerts about the programs select them. */
const ownJobs: ReadonlySet<string> = new Set(['prometheus', 'alertmanager', 'gateway', 'relay']);
/** Metrics of those programs, which alerts select by name alone. */
const ownNames = /^(?:prometheus|alertmanager|hostpulse_gateway|hostpulse_relay)_/;
const alertNames = /^ALERTS(?:_FOR_STATE)?$/;

const recordedNames: ReadonlySet<string> = new Set(
  metrics.flatMap((metric) =>
    recordedTierNames.flatMap((tier) =>
      operationsOf(metric).map((operation) => recordingName(metric, operation, tier)),
    ),
  ),
);
const ownAlerts: ReadonlySet<string> = new Set(
  alertGroups.flatMap(({ rules }) => rules.flatMap((rule) => ('alert' in rule ? [rule.alert] : []))),
);

/**
 * Returns whether `reservedFault` may refuse a series of that name for anyone: false for nearly all series, so that their other
 * labels need not be read.
 */
export function mayBeReserved(name: string): boolean {
  return name.includes(':') || alertNames.test(name) || ownNames.test(name);
}

/**
 * Returns why the series must not be pushed; undefined for a series that may be. Series of the rules and alerts of other
 * Prometheus servers are accepted unless they have the names of hostpulse's own. A credential that is bound to a host
 * (`isBound`) writes about its host only: no recorded series, no alerts and nothing of hostpulse's own programs.
 */
export function reservedFault(
  { name, job, alertname, instance }: SeriesIdentity,
  { isBound }: { readonly isBound: boolean },
): string | undefined {
  if (recordedNames.has(name)) return `${name} is recorded by the rules of hostpulse`;
  if (alertNames.test(name) && (isBound || ownAlerts.has(alertname)))
    return isBound ? `only Prometheus writes ${name}` : `${name} of ${alertname} is an alert of hostpulse`;
  if (isForgedUp(name, job, instance)) return 'up of the job node is of a host, and the instance is no host name';
  if (!isBound) return undefined;
  if (name.includes(':')) return 'names of recorded series are reserved: the key is bound to a host';
  if (ownJobs.has(job)) return `the job ${job} is reserved: the key is bound to a host`;
  return ownNames.test(name) ? `the metrics of ${job === '' ? 'hostpulse' : 'its'} programs are reserved` : undefined;
}

/** Returns whether the series would be a host in lists and alerts although its instance cannot be the name of a host. */
export function isForgedUp(name: string, job: string, instance: string): boolean {
  return name === 'up' && job === hostJob && !isHostName(instance);
}

/** Stored names of the catalogue's metrics, as a push of dotted names stores them. */
export const catalogueFamilies: ReadonlySet<string> = new Set(metrics.map(({ pushedFamily }) => pushedFamily));

/** Returns whether a series makes its instance a host: one that has `up`, HostDown and a row in the list of hosts. */
export function isOfHost(name: string, job: string, instance: string): boolean {
  return (job === hostJob || catalogueFamilies.has(name)) && isHostName(instance);
}

/** Returns whether the value of a label `instance` can be the name of a host. */
export function isHostName(instance: string): boolean {
  return hostName.safeParse(instance).success && !/["'`]/.test(instance);
}
