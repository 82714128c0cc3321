/** Declares counters of InfiniBand ports. */
import type { AttributeMetric } from '../../exposition/sample-table.ts';

/** Returns a counter whose `attribute` is a path below the folder of the port. */
export function counter(name: string, attribute: string, help: string, divisor = 1): AttributeMetric {
  return { name: `node_infiniband_${name}`, type: 'counter', help, attribute, divisor };
}
