/** A value as a field shows it: its text and its colour. */
import { formatterOf } from '../../format/units.ts';
import type { Field } from './field.ts';
import { colourAt } from './thresholds.ts';

export interface ShownValue {
  readonly text: string;
  /** By Grafana's name; undefined: the series' own, or the text's. */
  readonly colour: string | undefined;
}

export function showValue(field: Field, value: number | undefined): ShownValue {
  const mapped = field.mappings.find(({ fits }) => fits(value));
  const text = mapped?.text ?? (value === undefined ? (field.noValue ?? '–') : formatValue(field, value));
  return { text, colour: mapped?.colour ?? colourOf(field, value) };
}

export function formatValue({ unit, decimals }: Field, value: number): string {
  return formatterOf(unit)(value, decimals);
}

function colourOf({ colourMode, fixedColour, thresholds }: Field, value: number | undefined): string | undefined {
  if (colourMode === 'fixed') return fixedColour;
  return colourMode === 'thresholds' && value !== undefined ? colourAt(thresholds, value) : undefined;
}
