/** Defines the workloads dashboard, which shows what runs on the selected hosts: units, containers and groups of processes. */
import { uids } from '../panels/panel-options.ts';
import { type Column, tablePanel } from '../panels/table.ts';
import { timeSeriesPanels } from '../panels/time-series.ts';
import { currentOf } from '../queries/queries.ts';
import { instanceVariable, jobVariable } from '../queries/variables.ts';
import { buildBoard } from './board.ts';

/** Returns the expression of a column: the value of each series of the label. */
function valueOf(metric: string, label: string): string {
  return `max by (instance, ${label}) (${currentOf(metric)})`;
}

const percent = (title: string, metric: string, label: string): Column => ({
  title,
  expr: valueOf(metric, label),
  unit: 'percent',
  decimals: 1,
});
const bytes = (title: string, metric: string, label: string): Column => ({
  title,
  expr: valueOf(metric, label),
  unit: 'bytes',
});
const rate = (title: string, metric: string, label: string): Column => ({
  title,
  expr: valueOf(metric, label),
  unit: 'Bps',
});

const oneCpu = '100 % is one CPU.';

export const workloads = buildBoard({
  uid: uids.workloads,
  title: 'hostpulse / Workloads',
  description: 'Systemd units, containers and groups of processes of all hosts, busiest first.',
  variables: [jobVariable(), instanceVariable()],
  rows: [
    {
      panels: [
        tablePanel({
          title: 'Units',
          description: `The busiest systemd units of each host, last five minutes. ${oneCpu} The collector units of the exporter, which is off by default, has these values.`,
          labels: { instance: 'Host', unit: 'Unit' },
          columns: [
            percent('CPU', 'units.cpu.usage', 'unit'),
            bytes('Memory', 'units.memory.used', 'unit'),
            rate('Read', 'units.io.read', 'unit'),
            rate('Written', 'units.io.written', 'unit'),
          ],
          sortBy: 'CPU',
          isDescending: true,
          noValue: 'Start exporters with --collector.units',
        }),
        ...timeSeriesPanels({ legend: '{{instance}} {{unit}}' }, [
          {
            title: 'CPU of units',
            metrics: 'units.cpu.usage',
            isUnbounded: true,
            description: `CPU time of each unit in user and system mode. ${oneCpu}`,
          },
          {
            title: 'Memory of units',
            metrics: 'units.memory.used',
            description: 'Memory of each unit, without inactive page cache.',
          },
        ]),
      ],
    },
    {
      title: 'Containers',
      panels: [
        tablePanel({
          title: 'Containers',
          description: `The busiest containers of each host, last five minutes. ${oneCpu} The collector containers of the exporter, which is off by default, has these values.`,
          labels: { instance: 'Host', name: 'Container' },
          columns: [
            percent('CPU', 'containers.cpu.usage', 'name'),
            bytes('Memory', 'containers.memory.used', 'name'),
            rate('Received', 'containers.network.recv', 'name'),
            rate('Sent', 'containers.network.sent', 'name'),
          ],
          sortBy: 'CPU',
          isDescending: true,
          noValue: 'Start exporters with --collector.containers',
        }),
        ...timeSeriesPanels({ legend: '{{instance}} {{name}}' }, [
          {
            title: 'CPU of containers',
            metrics: 'containers.cpu.usage',
            isUnbounded: true,
            description: `CPU time of each container. ${oneCpu}`,
          },
          {
            title: 'Memory of containers',
            metrics: 'containers.memory.used',
            description: 'Memory of each container, without inactive page cache.',
          },
        ]),
      ],
    },
    {
      title: 'Groups of processes',
      panels: timeSeriesPanels({ legend: '{{instance}} {{groupname}}' }, [
        {
          title: 'CPU of processes',
          metrics: 'processes.cpu.usage',
          isUnbounded: true,
          description: `CPU time of each group of processes. ${oneCpu} The collector process_groups of the exporter has these values.`,
        },
        {
          title: 'Memory of processes',
          metrics: 'processes.memory.used',
          description: 'Resident memory of each group of processes; shared pages count once for each process.',
        },
      ]),
    },
  ],
});
