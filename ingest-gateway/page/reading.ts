/** A value in words that people read: 3.1 GiB, 12.5 %, 840 kB/s. */
import type { CurrentValue } from '../current-values.ts';

export function renderReading({ value, unit }: Pick<CurrentValue, 'value' | 'unit'>): string {
  if (value === null) return 'not a number';
  switch (unit) {
    case 'percent':
      return `${value.toFixed(1)} %`;
    case 'bytes':
      return scaled(value, { base: 1024, units: ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] });
    case 'bytes/s':
      return scaled(value, { base: 1000, units: ['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s'] });
    case 'count':
      return String(Math.round(value));
    case 'load':
      return value.toFixed(2);
    default:
      return `${value.toFixed(1)} ${unit}`;
  }
}

function scaled(value: number, { base, units }: { readonly base: number; readonly units: readonly string[] }): string {
  const power = Math.abs(value) < 1 ? 0 : Math.floor(Math.log(Math.abs(value)) / Math.log(base));
  const at = Math.min(power, units.length - 1);
  return `${(value / base ** at).toFixed(at === 0 ? 0 : 1)} ${units[at]}`;
}
