/** Defines the overview dashboard, which shows hosts up and down, alerts, the most loaded hosts, and a table of all hosts. */
import { statPanel, worstPanel } from '../panels/current.ts';
import { anyIsBad, loadSteps, tryAlertSteps, uids } from '../panels/panel-options.ts';
import { tablePanel, usageColumn } from '../panels/table.ts';
import { currentOf, firing, shownFilesystems, shownInterfaces, upOfHosts } from '../queries/queries.ts';
import {
  hiddenFilesystemsVariable,
  hiddenInterfacesVariable,
  instanceVariable,
  jobVariable,
} from '../queries/variables.ts';
import { buildBoard } from './board.ts';
import { alertsTable, upColumn } from './shared.ts';

const cpu = `max by (instance) (${currentOf('cpu.usage.total')})`;
const memory = `max by (instance) (${currentOf('memory.usage.percent')})`;
const fullest = `max by (instance) (${currentOf('disk.usage.percent', shownFilesystems)})`;
const received = `sum by (instance) (${currentOf('network.io.bytes.recv', shownInterfaces)})`;
const sent = `sum by (instance) (${currentOf('network.io.bytes.sent', shownInterfaces)})`;
const firingOf = (severity: string): string => `count(${firing.replace('critical|warning', severity)}) or vector(0)`;

export const overview = buildBoard({
  uid: uids.overview,
  title: 'hostpulse / Overview',
  description: 'All hosts at a glance. Click a host to open its dashboard.',
  variables: [jobVariable(), instanceVariable(), hiddenFilesystemsVariable(), hiddenInterfacesVariable()],
  rows: [
    {
      panels: [
        statPanel({
          title: 'Hosts up',
          description: 'Hosts that send samples, by scrape or push.',
          unit: 'short',
          values: [{ expr: `sum(${upOfHosts})`, legend: 'up' }],
        }),
        statPanel({
          title: 'Hosts down',
          description:
            'Hosts that have stopped sending samples. HostDown fires after a minute. "hostpulse hosts forget HOST" removes a host that will not return.',
          unit: 'short',
          values: [{ expr: `count(${upOfHosts} == 0) or vector(0)`, legend: 'down' }],
          steps: anyIsBad('red'),
        }),
        statPanel({
          title: 'Critical alerts',
          description: 'Firing alerts with severity critical, of the selected jobs and instances.',
          unit: 'short',
          values: [{ expr: firingOf('critical'), legend: 'critical' }],
          steps: anyIsBad('red'),
        }),
        statPanel({
          title: 'Warnings',
          description: 'Firing alerts with severity warning, of the selected jobs and instances.',
          unit: 'short',
          values: [{ expr: firingOf('warning'), legend: 'warning' }],
          steps: anyIsBad('orange'),
        }),
        statPanel({
          title: 'CPU, all hosts',
          description: 'CPU usage over the last five minutes, mean of all hosts.',
          unit: 'percent',
          decimals: 1,
          values: [{ expr: `avg(${currentOf('cpu.usage.total')})`, legend: 'CPU' }],
          steps: tryAlertSteps('cpu.usage.total'),
          more: { title: 'CPU', uid: uids.cpu },
        }),
        statPanel({
          title: 'Memory, all hosts',
          description: 'Memory in use over the last five minutes, mean of all hosts.',
          unit: 'percent',
          decimals: 1,
          values: [{ expr: `avg(${currentOf('memory.usage.percent')})`, legend: 'memory' }],
          steps: tryAlertSteps('memory.usage.percent'),
          more: { title: 'Memory', uid: uids.memory },
        }),
      ],
    },
    {
      title: 'Worst hosts',
      panels: [
        worstPanel({
          title: 'CPU',
          description: 'Five hosts with the highest CPU usage over the last five minutes.',
          unit: 'percent',
          expr: cpu,
          legend: '{{instance}}',
          max: 100,
          steps: tryAlertSteps('cpu.usage.total'),
          more: { title: 'CPU', uid: uids.cpu },
        }),
        worstPanel({
          title: 'Memory',
          description: 'Five hosts with the most memory in use over the last five minutes.',
          unit: 'percent',
          expr: memory,
          legend: '{{instance}}',
          max: 100,
          steps: tryAlertSteps('memory.usage.percent'),
          more: { title: 'Memory', uid: uids.memory },
        }),
        worstPanel({
          title: 'Fullest file systems',
          description: 'Five fullest file systems.',
          unit: 'percent',
          expr: `max by (instance, mountpoint) (${currentOf('disk.usage.percent', shownFilesystems)})`,
          legend: '{{instance}} {{mountpoint}}',
          max: 100,
          steps: tryAlertSteps('disk.usage.percent'),
          more: { title: 'Disk', uid: uids.disk },
        }),
        worstPanel({
          title: 'Network',
          description: 'Five hosts with the most traffic, received and sent, over the last five minutes.',
          unit: 'Bps',
          expr: `(${received} + ${sent})`,
          legend: '{{instance}}',
          more: { title: 'Network', uid: uids.network },
        }),
      ],
    },
    {
      title: 'Hosts',
      panels: [
        tablePanel({
          title: 'Hosts',
          description:
            'All hosts, over the last five minutes. Hosts that are down come first. Click a host to open its dashboard.',
          labels: { instance: 'Host' },
          columns: [
            upColumn(),
            {
              title: 'Alerts',
              unit: 'short',
              expr: `count by (instance) (${firing}) and on (instance) ${upOfHosts} or 0 * max by (instance) (${upOfHosts})`,
              steps: anyIsBad('red'),
            },
            usageColumn('CPU', 'cpu.usage.total', cpu),
            {
              title: 'Load per core',
              unit: 'short',
              decimals: 2,
              expr: `max by (instance) (${currentOf('cpu.load.average.1m')}) / max by (instance) (${currentOf('cpu.cores.count')})`,
              steps: loadSteps,
            },
            usageColumn('Memory', 'memory.usage.percent', memory),
            usageColumn('Fullest disk', 'disk.usage.percent', fullest),
            { title: 'Received', unit: 'Bps', expr: received },
            { title: 'Sent', unit: 'Bps', expr: sent },
          ],
          lowestFirst: 'State',
          sortBy: 'CPU',
          isDescending: true,
          height: 12,
        }),
        alertsTable(24),
      ],
    },
  ],
});
