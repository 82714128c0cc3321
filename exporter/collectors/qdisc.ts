/** Exposes traffic, drops and queues of the root queueing discipline of each network device, from netlink(7). Source: tc(8) */
import type { Collector, CollectorFlag } from '../collector/collector.ts';
import { compileNameFilter, type NameFilterFlags, nameFilterFlags } from '../collector/name-filter.ts';
import type { MetricType } from '../exposition/family.ts';
import { createSampleTable, type Metric } from '../exposition/sample-table.ts';
import { readLinkNames } from '../netlink/links.ts';
import { type AskNetlink, loadNetlink, netlinkProtocol } from '../netlink/netlink-socket.ts';
import { disciplineBytes, parseQueueDisciplines, type QueueDiscipline } from './qdisc/queue-disciplines.ts';

const getDisciplineType = 38;

type Field = Exclude<keyof QueueDiscipline, 'linkIndex' | 'isRoot' | 'kind'>;

function metric(name: string, type: MetricType, help: string): Metric {
  return { name: `node_qdisc_${name}`, type, help };
}

const metrics: readonly (readonly [Metric, Field])[] = [
  [metric('bytes_total', 'counter', 'Number of bytes sent.'), 'bytes'],
  [metric('packets_total', 'counter', 'Number of packets sent.'), 'packets'],
  [metric('drops_total', 'counter', 'Number of packets dropped.'), 'drops'],
  [metric('requeues_total', 'counter', 'Number of packets dequeued, not transmitted, and requeued.'), 'requeues'],
  [metric('overlimits_total', 'counter', 'Number of overlimit packets.'), 'overlimits'],
  [metric('current_queue_length', 'gauge', 'Number of packets currently in queue to be sent.'), 'queueLength'],
  [metric('backlog', 'gauge', 'Number of bytes currently in queue to be sent.'), 'backlog'],
];

const deviceFlags: NameFilterFlags = {
  collector: 'qdisc',
  include: 'device-include',
  exclude: 'device-exclude',
  oldInclude: 'old-device-include',
  oldExclude: 'old-device-exclude',
};

/** Names of the filter flags before node_exporter 1.6. */
const oldSpellings: Readonly<Record<string, string>> = {
  'old-device-include': 'collector.qdisk.device-include',
  'old-device-exclude': 'collector.qdisk.device-exclude',
};

const filterFlags = nameFilterFlags('qdisc devices', deviceFlags).map((flag): CollectorFlag => {
  const spelling = oldSpellings[flag.name];
  return spelling === undefined ? flag : { ...flag, spelling };
});

export const qdisc: Collector = createQdisc(() => loadNetlink('qdisc'));

/** Returns the collector, which calls `load` at its first read. An error of `load` fails only this collector. */
export function createQdisc(load: () => AskNetlink): Collector {
  return {
    name: 'qdisc',
    defaultEnabled: false,
    help: 'Exposes traffic, drops and queues of the root queueing discipline of each network device, from netlink; needs Node.js 26.',
    docs: {
      source: 'netlink(7): RTM_GETQDISC',
      cost: 'seven series per network device',
      differences: [
        {
          upstream: '`node_qdisc_packets_total` begins again at 2^32 packets',
          here: 'counts with 64 bits where the kernel does',
          reason: 'a rate does not drop',
        },
        {
          upstream: '`--collector.qdisc.fixtures` reads the values from a file',
          here: 'accepted and logged; has no effect',
          reason: "the flag is for node_exporter's tests",
        },
      ],
    },
    flags: [
      { name: 'fixtures', help: 'Accepted for compatibility with node_exporter; has no effect.' },
      ...filterFlags,
    ],
    create({ flags, log, faults }) {
      const isShown = compileNameFilter(flags, deviceFlags);
      if (flags['fixtures']) log.warn('--collector.qdisc.fixtures has no effect; values are those of the kernel');
      let ask: AskNetlink | undefined;
      return () => {
        ask ??= load();
        const names = readLinkNames(ask);
        const body = Buffer.alloc(disciplineBytes);
        const request = { protocol: netlinkProtocol.route, type: getDisciplineType, body, isDump: true };
        const table = createSampleTable(metrics.map(([each]) => each));
        for (const discipline of parseQueueDisciplines(ask(request), faults)) {
          const device = names.get(discipline.linkIndex);
          if (!discipline.isRoot || device === undefined || !isShown(device)) continue;
          for (const [each, field] of metrics) table.add(each, { device, kind: discipline.kind }, discipline[field]);
        }
        return table.families();
      };
    },
  };
}
