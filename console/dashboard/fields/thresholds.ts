/** Thresholds: from which value on what colour counts. */
import { listAt, objectAt, textAt } from '../../../common/dashboard/json.ts';

export interface Threshold {
  /** The first one's is -Infinity: the colour below all others. */
  readonly from: number;
  /** By Grafana's name. */
  readonly colour: string;
}

/** Of a field's `thresholds`; absent ones are none. */
export function readThresholds(value: unknown): readonly Threshold[] {
  if (value === undefined || value === null) return [];
  return listAt(objectAt(value, 'thresholds')['steps'], 'thresholds.steps').map((step) => {
    const { value: from, color } = objectAt(step, 'step');
    return { from: typeof from === 'number' ? from : -Infinity, colour: textAt(color, 'thresholds.color') };
  });
}

/** The colour that counts at a value; undefined without thresholds. */
export function colourAt(thresholds: readonly Threshold[], value: number): string | undefined {
  return thresholds.findLast(({ from }) => value >= from)?.colour;
}
