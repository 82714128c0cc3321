/** The memory dashboard: the selected hosts side by side. */

import { hostOfSeries, uids } from '../panels/links.ts';
import { timeSeries } from '../panels/time-series.ts';
import { instanceVariable, jobVariable } from '../queries/variables.ts';
import { buildBoard } from './board.ts';

const legend = '{{instance}}';
const link = hostOfSeries;

export const memory = buildBoard({
  uid: uids.memory,
  title: 'hostpulse / Memory',
  description: 'Memory and swap of all hosts.',
  variables: [jobVariable(), instanceVariable()],
  rows: [
    {
      panels: [
        timeSeries({
          title: 'Memory usage',
          description:
            'What new programs could not get without swapping, of all memory; cache that the kernel would give up counts as free.',
          lines: [{ metric: 'memory.usage.percent', legend }],
          width: 24,
          link,
        }),
        timeSeries({
          title: 'Used',
          description: 'Memory that is not available to new programs without swapping.',
          lines: [{ metric: 'memory.used', legend }],
          link,
        }),
        timeSeries({
          title: 'Available',
          description: 'Memory available to new programs: free memory and reclaimable cache.',
          lines: [{ metric: 'memory.available', legend }],
          link,
        }),
      ],
    },
    {
      title: 'Cache',
      panels: [
        timeSeries({
          title: 'Page cache',
          description: 'File contents cached in memory.',
          lines: [{ metric: 'memory.cached', legend }],
          width: 8,
          link,
        }),
        timeSeries({
          title: 'Buffers',
          description: 'Cache of raw block devices.',
          lines: [{ metric: 'memory.buffers', legend }],
          width: 8,
          link,
        }),
        timeSeries({
          title: 'Free',
          description: 'Unused memory. A low value is normal, because the kernel uses memory as cache.',
          lines: [{ metric: 'memory.free', legend }],
          width: 8,
          link,
        }),
      ],
    },
    {
      title: 'Swap',
      panels: [
        timeSeries({
          title: 'Swap usage',
          description: 'Share of swap in use. A host without swap has no line.',
          lines: [{ metric: 'swap.usage.percent', legend }],
          link,
        }),
        timeSeries({
          title: 'Swap used',
          description: 'Swap space in use.',
          lines: [{ metric: 'swap.used', legend }],
          link,
        }),
      ],
    },
  ],
});
