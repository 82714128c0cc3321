/** Renders the promtool cases of the alerts. */
import { alertIntervalSeconds, type Fleet } from '../fleet.ts';
import { type AlertCase, alertTest, firing, labelsOf, withLabels } from './alert-case.ts';
import { type CaseJobs, filesystem, type InputSeries, type RuleCase, renderCaseFile } from './case-file.ts';
import { hostAlertCases } from './host-alert-cases.ts';
import { workloadAlertCases } from './workload-alert-cases.ts';

/** Returns the test file of the alerts that read raw samples: each alert fires for the host `above` of the job and for no other host. */
export function renderAlertCases(ruleFiles: readonly string[], fleet: Fleet, jobs: CaseJobs): string {
  return renderCaseFile({
    comment: 'Alerts at both edges of threshold and duration. Series with another job fire nothing.',
    ruleFiles,
    evaluationSeconds: alertIntervalSeconds(fleet),
    tests: [
      ...[...hostAlertCases, ...workloadAlertCases].map((each) => alertTest(each, fleet, jobs)),
      singleFailure(fleet, jobs),
    ],
  });
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

/** Returns the test file of the forecast, which reads recorded minutes. The free space decreases by 1 byte a minute, 1,440 bytes a day. */
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
