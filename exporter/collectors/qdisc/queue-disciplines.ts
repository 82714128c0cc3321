/** Parses the queueing disciplines of network devices. Source: tc(8); include/uapi/linux/rtnetlink.h and gen_stats.h of the kernel */
import { type NetlinkMessage, parseAttributes, textOf } from '../../netlink/netlink-message.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';
import { readI32, readU32, readU64 } from '../../syscall/host-order.ts';

/** Counters are absent when the kernel does not send them. */
export interface QueueDiscipline {
  readonly linkIndex: number;
  /** Whether the discipline is the root of its device, which counts the packets of the disciplines below. */
  readonly isRoot: boolean;
  /** Such as `fq_codel`. */
  readonly kind: string;
  readonly bytes: number | undefined;
  readonly packets: number | undefined;
  readonly queueLength: number | undefined;
  readonly backlog: number | undefined;
  readonly drops: number | undefined;
  readonly requeues: number | undefined;
  readonly overlimits: number | undefined;
}

const newDisciplineType = 36;
/** Size of struct tcmsg. */
export const disciplineBytes = 20;
const rootParent = 0xffff_ffff;
const attribute = { kind: 1, statistics: 7 } as const;
/** Attributes within the statistics. `packets64` is present when the count exceeds 32 bits. */
const statistic = { basic: 1, queue: 3, packets64: 8 } as const;

/** Returns the disciplines. A message that is shorter than its structures is reported and omitted. */
export function parseQueueDisciplines(messages: readonly NetlinkMessage[], faults: ValueFaults): QueueDiscipline[] {
  return messages
    .filter(({ type }) => type === newDisciplineType)
    .map(({ body }) => faults.attempt('queueing discipline', () => parseDiscipline(body)))
    .filter((discipline) => discipline !== undefined);
}

function parseDiscipline(body: Buffer): QueueDiscipline {
  const attributes = parseAttributes(body, disciplineBytes);
  const statistics = parseAttributes(attributes.get(attribute.statistics) ?? Buffer.alloc(0));
  const basic = statistics.get(statistic.basic);
  const queue = statistics.get(statistic.queue);
  const packets64 = statistics.get(statistic.packets64);
  const inQueue = (offset: number) => queue && readU32(queue, offset);
  return {
    linkIndex: readI32(body, 4),
    isRoot: readU32(body, 12) === rootParent,
    kind: textOf(attributes.get(attribute.kind) ?? Buffer.alloc(0)),
    bytes: basic && readU64(basic),
    packets: packets64 === undefined ? basic && readU32(basic, 8) : readU64(packets64),
    queueLength: inQueue(0),
    backlog: inQueue(4),
    drops: inQueue(8),
    requeues: inQueue(12),
    overlimits: inQueue(16),
  };
}
