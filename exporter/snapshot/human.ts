/** Renders values for people: a rounded number and its unit. */
import type { Unit } from '../../common/catalogue/metrics.ts';

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

export function renderHuman(value: number, unit: Unit): string {
  switch (unit) {
    case 'percent':
      return `${value.toFixed(1)} %`;
    case 'load':
      return value.toFixed(2);
    case 'count':
      return Number.isInteger(value) ? String(value) : value.toFixed(1);
    case 'bytes':
      return renderBytes(value);
    case 'celsius':
      return `${value.toFixed(1)} °C`;
    case 'bytes/s':
      return `${renderBytes(value)}/s`;
    case 'ops/s':
    case 'packets/s':
    case 'errors/s':
      return `${value.toFixed(1)} /s`;
  }
}

/** Chooses the unit with one to four digits before the point: 1023.9 KiB, 1.0 MiB. */
function renderBytes(bytes: number): string {
  let index = 0;
  let scaled = bytes;
  while (Number(scaled.toFixed(1)) >= 1024 && index < byteUnits.length - 1) {
    scaled /= 1024;
    index += 1;
  }
  return index === 0 ? `${Math.round(scaled)} B` : `${scaled.toFixed(1)} ${byteUnits[index]}`;
}
