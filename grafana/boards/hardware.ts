/** Defines the hardware dashboard, which shows temperatures, disks, GPUs, limits of the kernel and clocks of the selected hosts. */
import { thresholdColours, uids } from '../panels/panel-options.ts';
import { tablePanel } from '../panels/table.ts';
import { timeSeriesPanels } from '../panels/time-series.ts';
import { chosenHosts, currentOf } from '../queries/queries.ts';
import { instanceVariable, jobVariable } from '../queries/variables.ts';
import { buildBoard } from './board.ts';

const hosts = chosenHosts.map(({ label, operator, value }) => `${label}${operator}"${value}"`).join(',');
const zeroIsBad = [
  { value: null, color: thresholdColours.critical },
  { value: 1, color: thresholdColours.none },
];

export const hardware = buildBoard({
  uid: uids.hardware,
  title: 'hostpulse / Hardware',
  description: 'Temperatures, disks, RAID, GPUs, kernel tables and clocks of all hosts.',
  variables: [jobVariable(), instanceVariable()],
  rows: [
    {
      panels: [
        tablePanel({
          title: 'Disks by SMART',
          description:
            "A row a disk, with its self-assessment: 0 predicts the disk's failure. Wear is the used part of the endurance of a solid-state disk. The collector smart of the exporter, which is off by default, has these values.",
          labels: { instance: 'Host', device: 'Disk' },
          columns: [
            {
              title: 'Passed',
              unit: 'short',
              expr: `min by (instance, device) (smartctl_device_smart_status{${hosts}})`,
              steps: zeroIsBad,
            },
            {
              title: 'Temperature',
              unit: 'celsius',
              expr: `max by (instance, device) (${currentOf('smart.temperature')})`,
            },
            { title: 'Wear', unit: 'percent', expr: `max by (instance, device) (${currentOf('smart.wear')})` },
          ],
          lowestFirst: 'Passed',
          sortBy: 'Temperature',
          isDescending: true,
          noValue: 'Start exporters with --collector.smart',
          width: 12,
        }),
        tablePanel({
          title: 'RAID',
          description:
            'A row an array, with its disks. The array is degraded while fewer disks are active than required.',
          labels: { instance: 'Host', device: 'Array' },
          columns: [
            {
              title: 'Required',
              unit: 'short',
              expr: `max by (instance, device) (node_md_disks_required{${hosts}})`,
            },
            {
              title: 'Active',
              unit: 'short',
              expr: `max by (instance, device) (node_md_disks{state="active",${hosts}})`,
            },
            {
              title: 'Failed',
              unit: 'short',
              expr: `max by (instance, device) (node_md_disks{state="failed",${hosts}})`,
            },
          ],
          sortBy: 'Failed',
          isDescending: true,
          noValue: 'No arrays',
          width: 12,
        }),
        ...timeSeriesPanels({ width: 24 }, [
          {
            title: 'Temperature',
            legend: '{{instance}} {{chip}} {{sensor}}',
            metrics: 'sensors.temperature',
            description: 'Temperature of each sensor. Virtual machines have no sensors.',
          },
        ]),
      ],
    },
    {
      title: 'GPUs',
      panels: timeSeriesPanels({ legend: '{{instance}} {{uuid}}', width: 8 }, [
        {
          title: 'GPU usage',
          metrics: 'gpu.usage.percent',
          description:
            'Time that each GPU was busy. The collector nvidia of the exporter, which is off by default, has these values.',
        },
        { title: 'GPU memory', metrics: 'gpu.memory.used', description: 'Memory of each GPU in use.' },
        { title: 'GPU temperature', metrics: 'gpu.temperature', description: 'Temperature of each GPU.' },
      ]),
    },
    {
      title: 'Kernel',
      panels: [
        ...timeSeriesPanels({ legend: '{{instance}}' }, [
          {
            title: 'File descriptors',
            metrics: 'files.usage.percent',
            description:
              'Open file descriptors of fs.file-max. At the limit, programs cannot open files or connections.',
          },
          {
            title: 'Connection tracking',
            metrics: 'conntrack.usage.percent',
            description: 'Connections in the table of connection tracking. A full table drops new connections.',
          },
        ]),
        tablePanel({
          title: 'Clocks',
          description:
            'Whether a time server sets the clock of the host (1) or not (0), and the estimated error of the clock.',
          labels: { instance: 'Host' },
          columns: [
            {
              title: 'Synchronised',
              unit: 'short',
              expr: `min by (instance) (node_timex_sync_status{${hosts}})`,
              steps: zeroIsBad,
            },
            { title: 'Error', unit: 's', expr: `max by (instance) (node_timex_maxerror_seconds{${hosts}})` },
          ],
          lowestFirst: 'Synchronised',
          sortBy: 'Error',
          isDescending: true,
          noValue: 'No clocks',
        }),
      ],
    },
  ],
});
