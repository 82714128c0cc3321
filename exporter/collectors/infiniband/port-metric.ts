/** A metric of an InfiniBand port whose attribute has one number. */
import type { Metric } from '../../exposition/sample-table.ts';

export interface PortMetric extends Metric {
  /** Path below the folder of the port. */
  readonly attribute: string;
  readonly factor: number;
}

export function counter(name: string, attribute: string, help: string, factor = 1): PortMetric {
  return { name: `node_infiniband_${name}`, type: 'counter', help, attribute, factor };
}
