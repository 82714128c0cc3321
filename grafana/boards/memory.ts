/** Defines the memory dashboard, which compares the selected hosts. */
import { uids } from '../panels/panel-options.ts';
import { timeSeriesPanels } from '../panels/time-series.ts';
import { instanceVariable, jobVariable } from '../queries/variables.ts';
import { buildBoard } from './board.ts';

const hosts = { legend: '{{instance}}' };

export const memory = buildBoard({
  uid: uids.memory,
  title: 'hostpulse / Memory',
  description: 'Memory and swap of all hosts.',
  variables: [jobVariable(), instanceVariable()],
  rows: [
    {
      panels: timeSeriesPanels(hosts, [
        {
          title: 'Memory usage',
          metrics: 'memory.usage.percent',
          width: 24,
          description:
            'What new programs could not get without swapping, of all memory; cache that the kernel would give up counts as free.',
        },
        {
          title: 'Used',
          metrics: 'memory.used',
          description: 'Memory that is not available to new programs without swapping.',
        },
        {
          title: 'Available',
          metrics: 'memory.available',
          description: 'Memory available to new programs: free memory and reclaimable cache.',
        },
      ]),
    },
    {
      title: 'Cache',
      panels: timeSeriesPanels({ ...hosts, width: 8 }, [
        { title: 'Page cache', metrics: 'memory.cached', description: 'File contents cached in memory.' },
        { title: 'Buffers', metrics: 'memory.buffers', description: 'Cache of raw block devices.' },
        {
          title: 'Free',
          metrics: 'memory.free',
          description: 'Unused memory. A low value is normal, because the kernel uses memory as cache.',
        },
      ]),
    },
    {
      title: 'Swap',
      panels: timeSeriesPanels(hosts, [
        {
          title: 'Swap usage',
          metrics: 'swap.usage.percent',
          description: 'Share of swap in use. A host without swap has no line.',
        },
        { title: 'Swap used', metrics: 'swap.used', description: 'Swap space in use.' },
      ]),
    },
  ],
});
