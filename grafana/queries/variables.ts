/** Builds the variables of the dashboards. Each is an instant query, so that the data source needs no other API call. */
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { recordingName } from '../../common/catalogue/metrics.ts';
import { maxPointsPerSeries } from '../../common/catalogue/tier-choice.ts';
import { type TierName, tierByName, tiers } from '../../common/catalogue/tiers.ts';
import { tierOff } from '../../common/dashboard/conventions.ts';
import { catalogued } from './queries.ts';

export const datasource = { type: 'prometheus', uid: '${datasource}' } as const;

export function datasourceVariable(): dashboard.DatasourceVariableBuilder {
  return new dashboard.DatasourceVariableBuilder('datasource')
    .label('Data source')
    .description('A Prometheus with the samples and rules of hostpulse.')
    .type('prometheus');
}

interface Choice {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  /** The label whose values are offered. */
  readonly of: string;
  readonly query: string;
  readonly one?: true;
}

function choiceVariable({ name, label, description, of, query, one }: Choice): dashboard.QueryVariableBuilder {
  return (
    queryVariable(name, query)
      .label(label)
      .description(description)
      // The query keeps one label. Greedy, because Grafana does not escape quotes inside the value.
      .regex(`/\\{${of}="(.+)"\\}/`)
      .sort(dashboard.VariableSort.AlphabeticalAsc)
      .multi(true)
      .includeAll(one !== true)
      .allValue('.+')
  );
}

function queryVariable(name: string, query: string): dashboard.QueryVariableBuilder {
  const text = `query_result(${query})`;
  return new dashboard.QueryVariableBuilder(name)
    .datasource(datasource)
    .query({ query: text, refId: name })
    .definition(text)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged);
}

const fiveMinutes = (metric: string): string => recordingName(catalogued(metric), 'avg', '5m');
const hosts = fiveMinutes('memory.total');

export function jobVariable(): dashboard.QueryVariableBuilder {
  return choiceVariable({
    name: 'job',
    label: 'Job',
    description: "Jobs that hosts' samples come under.",
    of: 'job',
    query: `count by (job) (up{job="node"} or last_over_time(${hosts}[$__range]))`,
  });
}

/** Returns hosts known at the end of the range and hosts that sent samples within the range. */
export function instanceVariable({ one }: { readonly one?: true } = {}): dashboard.QueryVariableBuilder {
  return choiceVariable({
    name: 'instance',
    label: 'Instance',
    description: one ? 'The host. To compare hosts, take another dashboard.' : 'Hosts.',
    of: 'instance',
    query: `count by (instance) (up{job="node",job=~"$job"} or last_over_time(${hosts}{job=~"$job"}[$__range]))`,
    ...(one ? { one } : {}),
  });
}

const chosen = 'job=~"$job",instance=~"$instance"';

/** Returns values that existed within the range, and values of the last minutes. */
function valuesOf(label: string, metric: string, family: string, more = ''): string {
  const selector = `{${chosen}${more}}`;
  return `count by (${label}) (last_over_time(${fiveMinutes(metric)}${selector}[$__range]) or ${family}${selector})`;
}

export function mountpointVariable(): dashboard.QueryVariableBuilder {
  return choiceVariable({
    name: 'mountpoint',
    label: 'Mount point',
    description: 'File systems by mount point.',
    of: 'mountpoint',
    query: valuesOf('mountpoint', 'disk.usage.total', 'node_filesystem_size_bytes', ',fstype!~"$hidden_fstypes"'),
  });
}

export function diskVariable(): dashboard.QueryVariableBuilder {
  return choiceVariable({
    name: 'disk',
    label: 'Disk',
    description: 'Block devices.',
    of: 'device',
    query: valuesOf('device', 'disk.io.read.bytes', 'node_disk_read_bytes_total'),
  });
}

export function interfaceVariable(): dashboard.QueryVariableBuilder {
  return choiceVariable({
    name: 'interface',
    label: 'Interface',
    description: 'Network interfaces.',
    of: 'device',
    query: valuesOf(
      'device',
      'network.io.bytes.recv',
      'node_network_receive_bytes_total',
      ',device!~"$hidden_interfaces"',
    ),
  });
}

/** Without backslashes, which Grafana would double. */
const virtualInterfaces =
  'lo|lo[0-9]+|docker.*|br-.+|veth.+|virbr.+|vnet.+|cni.*|flannel.*|cali.+|cilium.*|lxc.+|tap.+|tun.+|dummy.*|ifb.*|kube-.+|nodelocaldns|podman.*';
const pseudoFilesystems =
  'tmpfs|devtmpfs|ramfs|overlay|squashfs|iso9660|udf|efivarfs|nsfs|rootfs|autofs|fuse[.].+|tracefs|devfs|nullfs';

export function hiddenInterfacesVariable(): dashboard.TextBoxVariableBuilder {
  return new dashboard.TextBoxVariableBuilder('hidden_interfaces')
    .label('Hide interfaces')
    .description('Regular expression of hidden interfaces: loopback, containers, virtual machines.')
    .defaultValue(virtualInterfaces)
    .current({ text: virtualInterfaces, value: virtualInterfaces });
}

export function hiddenFilesystemsVariable(): dashboard.TextBoxVariableBuilder {
  return new dashboard.TextBoxVariableBuilder('hidden_fstypes')
    .label('Hide file systems')
    .description('Regular expression of hidden file system types: file systems without a disk.')
    .defaultValue(pseudoFilesystems)
    .current({ text: pseudoFilesystems, value: pseudoFilesystems });
}

/**
 * Returns three hidden variables that select the tier of a dashboard; exactly one is on. They implement the rule of the API
 * (common/catalogue/tier-choice.ts) in PromQL. PromQL cannot read the current time, so the age of the range's start is tested by
 * whether Watchdog, the alert that always fires, was recorded later than the start plus the tier's retention. Excluded from links,
 * because each dashboard evaluates its own.
 */
export function tierVariables(): readonly dashboard.QueryVariableBuilder[] {
  return tiers.map(({ name }) =>
    queryVariable(`tier_${name}`, tierQuery(name))
      .label(`Tier ${name}`)
      .description('The active resolution. grafana/README.md describes the choice.')
      .regex('/(?:^|[{,])tier="([^"]+)"/')
      .hide(dashboard.VariableHide.HideVariable),
  );
}

/** Grace beyond the retention: the range "last 7 days" of an open dashboard begins when the dashboard was opened. */
const slackMinutes = 5;

/** The value that matches every job. */
const on = '.+';
/** Longer than the retention of the coarsest tier. */
const lookAheadDays = 31;

/**
 * Returns the query of a tier's variable. Avoids `or` with a possibly empty left side: VictoriaMetrics then combines the labels of the
 * left side with the value of the right side.
 */
export function tierQuery(tier: TierName): string {
  const condition = conditionOf(tier);
  const labelled = (value: string): string => `label_replace(vector(1), "tier", "${value}", "", "")`;
  return `(${labelled(on)} and on () (${condition})) or (${labelled(tierOff)} unless on () (${condition}))`;
}

/** Returns PromQL that gives one sample without labels when the tier is the active tier, and otherwise no sample. */
function conditionOf(tier: TierName): string {
  const { stepMs } = tierByName('raw');
  // A range has one point more than steps, and both ends may be between two points.
  const longest = ((maxPointsPerSeries - 1) * stepMs) / 1_000;
  switch (tier) {
    case 'raw':
      return `vector($__range_s) <= ${longest} unless ${isOlderThan('raw')}`;
    case '1m':
      return `(vector($__range_s) > ${longest} or ${isOlderThan('raw')}) unless ${isOlderThan('1m')}`;
    case '5m':
      return isOlderThan('1m');
  }
}

/** Returns PromQL that is true when the tier no longer covers the start of the range. */
function isOlderThan(tier: TierName): string {
  const days = tierByName(tier).retentionMs / 86_400_000;
  const offset = `-${lookAheadDays + days}d${slackMinutes}m`;
  const later = `ALERTS{alertname="Watchdog"}[${lookAheadDays}d] @ \${__from:date:seconds} offset ${offset}`;
  return `count(present_over_time(${later}))`;
}
