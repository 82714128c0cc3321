/** The promtool cases of the alerts: host `above` is just beyond the threshold, host `below` just within it. */
import { alertIntervalSeconds, type Fleet, holdSeconds } from '../fleet.ts';
import type { AlertCase } from './alert-case.ts';
import {
  type CaseJobs,
  constant,
  filesystem,
  type InputSeries,
  increasing,
  type RuleCase,
  renderCaseFile,
  renderValues,
  type Steady,
} from './case-file.ts';
import { workloadCases } from './workload-cases.ts';

function cpu(mode: string, percent: number): Readonly<Record<string, Steady>> {
  return {
    [`node_cpu_seconds_total{cpu="0",mode="${mode}"}`]: increasing(percent / 100),
    'node_cpu_seconds_total{cpu="0",mode="idle"}': increasing(1 - percent / 100),
  };
}

function memory(percent: number): Readonly<Record<string, Steady>> {
  return {
    node_memory_MemTotal_bytes: constant(1_000),
    node_memory_MemAvailable_bytes: constant(1_000 - 10 * percent),
  };
}

function space(percent: number): Readonly<Record<string, Steady>> {
  return {
    [`node_filesystem_size_bytes{${filesystem}}`]: constant(1_000),
    [`node_filesystem_free_bytes{${filesystem}}`]: constant(1_000 - 10 * percent),
    [`node_filesystem_avail_bytes{${filesystem}}`]: constant(1_000 - 10 * percent),
  };
}

function inodes(percent: number): Readonly<Record<string, Steady>> {
  return {
    [`node_filesystem_files{${filesystem}}`]: constant(1_000),
    [`node_filesystem_files_free{${filesystem}}`]: constant(1_000 - 10 * percent),
  };
}

/** A clock that runs as fast as Prometheus' but is ahead. */
function ahead(seconds: number): Readonly<Record<string, Steady>> {
  return { node_time_seconds: { start: seconds, perSecond: 1 } };
}

/** The warning above 80 % and the critical alert above 95 % of a table of 1,000 entries. */
function percentCases(name: string, metric: string, [used, limit]: readonly [string, string]): readonly AlertCase[] {
  const table = (percent: number) => ({ [used]: constant(10 * percent), [limit]: constant(1_000) });
  return [
    { alert: `${name}High`, severity: 'warning', metric, forSeconds: 300, above: table(80.1), below: table(80) },
    { alert: `${name}Critical`, severity: 'critical', metric, forSeconds: 60, above: table(95.1), below: table(95) },
  ];
}

const usage = { cpu: 'cpu.usage.total', disk: 'disk.usage.percent', inodes: 'disk.inode.usage.percent' } as const;
const success = 'node_scrape_collector_success{collector="cpu"}';

const cases: readonly AlertCase[] = [
  { alert: 'HostDown', severity: 'critical', forSeconds: 60, above: { up: constant(0) }, below: { up: constant(1) } },
  {
    alert: 'CpuUsageHigh',
    severity: 'warning',
    metric: usage.cpu,
    forSeconds: 300,
    isRate: true,
    above: cpu('user', 80.2),
    below: cpu('user', 79.8),
  },
  {
    alert: 'CpuUsageCritical',
    severity: 'critical',
    metric: usage.cpu,
    forSeconds: 120,
    isRate: true,
    above: cpu('user', 95.2),
    below: cpu('user', 94.8),
  },
  {
    alert: 'IowaitHigh',
    severity: 'warning',
    metric: 'cpu.usage.iowait',
    forSeconds: 300,
    isRate: true,
    above: cpu('iowait', 50.2),
    below: cpu('iowait', 49.8),
  },
  {
    alert: 'MemoryUsageHigh',
    severity: 'warning',
    metric: 'memory.usage.percent',
    forSeconds: 60,
    above: memory(85.1),
    below: memory(85),
  },
  {
    alert: 'MemoryUsageCritical',
    severity: 'critical',
    metric: 'memory.usage.percent',
    forSeconds: 60,
    above: memory(95.1),
    below: memory(95),
  },
  {
    alert: 'DiskUsageHigh',
    severity: 'warning',
    metric: usage.disk,
    labels: filesystem,
    forSeconds: 60,
    above: space(80.1),
    below: space(80),
  },
  {
    alert: 'DiskUsageCritical',
    severity: 'critical',
    metric: usage.disk,
    labels: filesystem,
    forSeconds: 60,
    above: space(90.1),
    below: space(90),
  },
  {
    alert: 'InodeUsageHigh',
    severity: 'warning',
    metric: usage.inodes,
    labels: filesystem,
    forSeconds: 60,
    above: inodes(80.1),
    below: inodes(80),
  },
  {
    alert: 'InodeUsageCritical',
    severity: 'critical',
    metric: usage.inodes,
    labels: filesystem,
    forSeconds: 60,
    above: inodes(90.1),
    below: inodes(90),
  },
  ...percentCases('ConntrackUsage', 'conntrack.usage.percent', [
    'node_nf_conntrack_entries',
    'node_nf_conntrack_entries_limit',
  ]),
  ...percentCases('FileDescriptorUsage', 'files.usage.percent', ['node_filefd_allocated', 'node_filefd_maximum']),
  { alert: 'ClockSkewed', severity: 'warning', forSeconds: 120, above: ahead(11), below: ahead(9) },
  {
    alert: 'CollectorFailing',
    severity: 'warning',
    labels: 'collector="cpu"',
    forSeconds: 300,
    above: { [success]: '1 0x200' },
    below: { [success]: '0x200' },
  },
  ...workloadCases,
];

/** Returns the test file: each alert fires when its duration is over, for the right host and job, and not one evaluation earlier. */
export function renderAlertCases(ruleFiles: readonly string[], fleet: Fleet, jobs: CaseJobs): string {
  return renderCaseFile({
    comment: 'Alerts at both edges of threshold and duration. Series with another job fire nothing.',
    ruleFiles,
    evaluationSeconds: alertIntervalSeconds(fleet),
    tests: [...cases.map((each) => alertTest(each, fleet, jobs)), singleFailure(fleet, jobs)],
  });
}

function alertTest(each: AlertCase, fleet: Fleet, { job, otherJob }: CaseJobs): RuleCase {
  const { intervalSeconds } = fleet;
  const every = alertIntervalSeconds(fleet);
  const up = (seconds: number): number => Math.ceil(seconds / every) * every;
  const dueSeconds =
    (each.isRate || each.alert === 'CollectorFailing' ? up(intervalSeconds) : 0) +
    up(holdSeconds(each.forSeconds, fleet));
  const series = (of: AlertCase['above'], instance: string, ofJob: string): readonly InputSeries[] =>
    Object.entries(of).map(([name, values]) => ({
      series: withLabels(name, `instance="${instance}",job="${ofJob}"`),
      values: typeof values === 'string' ? values : renderValues(values, { intervalSeconds, untilSeconds: dueSeconds }),
    }));
  return {
    name: `${each.alert}: fires after ${dueSeconds} s`,
    interval: `${intervalSeconds}s`,
    input_series: [
      ...series(each.above, 'above', job),
      ...series(each.below, 'below', job),
      ...(otherJob === undefined ? [] : series(each.above, 'above', otherJob)),
    ],
    promql_expr_test: [
      { expr: firing(each.alert), eval_time: `${dueSeconds - every}s`, exp_samples: [] },
      {
        expr: firing(each.alert),
        eval_time: `${dueSeconds}s`,
        exp_samples: [{ labels: withLabels(firing(each.alert), labelsOf(each, job)), value: 1 }],
      },
    ],
  };
}

function singleFailure(fleet: Fleet, { job }: CaseJobs): RuleCase {
  const { intervalSeconds } = fleet;
  const times = [2, 3, 4, 5, 6, 7, 8].map((scrapes) => scrapes * intervalSeconds);
  return {
    name: 'HostDown: one failed scrape fires nothing',
    interval: `${intervalSeconds}s`,
    input_series: [{ series: `up{instance="above",job="${job}"}`, values: '1x1 0 1x20' }],
    promql_expr_test: times.map((seconds) => ({ expr: firing('HostDown'), eval_time: `${seconds}s`, exp_samples: [] })),
  };
}

function firing(alert: string): string {
  return `ALERTS{alertname="${alert}",alertstate="firing"}`;
}

function labelsOf({ labels, metric, severity }: AlertCase, job: string): string {
  const own = [labels, metric === undefined ? undefined : `metric="${metric}"`].filter((each) => each !== undefined);
  return [...own, 'instance="above"', `job="${job}"`, `severity="${severity}"`].join(',');
}

/** Adds labels to `name` or `name{...}`. */
function withLabels(name: string, labels: string): string {
  return name.endsWith('}') ? `${name.slice(0, -1)},${labels}}` : `${name}{${labels}}`;
}

/** Returns the test file of the forecast, which reads recorded minutes: 1 byte a minute is lost, 1440 bytes are a day. */
export function renderForecastCases(ruleFiles: readonly string[], { job }: CaseJobs): string {
  const name = 'instance_device_mountpoint_fstype:disk_usage_free:avg1m';
  const series = (instance: string, start: number): InputSeries => ({
    series: withLabels(name, `${filesystem},instance="${instance}",job="${job}"`),
    values: `${start}-1x120`,
  });
  const forecast: AlertCase = {
    alert: 'DiskFullSoon',
    severity: 'warning',
    metric: 'disk.usage.free',
    labels: filesystem,
    forSeconds: 1_800,
    above: {},
    below: {},
  };
  return renderCaseFile({
    comment: 'The forecast needs 60 recorded minutes; 30 minutes later it fires.',
    ruleFiles,
    evaluationSeconds: 60,
    tests: [
      {
        name: 'DiskFullSoon: within a day at the rate of the last hours, for 30m',
        interval: '1m',
        input_series: [series('above', 1_498), series('below', 1_531)],
        promql_expr_test: [
          { expr: firing('DiskFullSoon'), eval_time: '88m', exp_samples: [] },
          {
            expr: firing('DiskFullSoon'),
            eval_time: '89m',
            exp_samples: [{ labels: withLabels(firing('DiskFullSoon'), labelsOf(forecast, job)), value: 1 }],
          },
        ],
      },
    ],
  });
}
