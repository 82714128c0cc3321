/**
 * The palette of hosts: 16 hues in three lightnesses, which also differ for colour-blind viewers. Each colour has a contrast
 * of at least 3:1.
 */

import { baseCount } from '../format/colours.ts';
import { toHex } from './oklch.ts';

export type ColourScheme = 'light' | 'dark';

const lightnesses: Readonly<Record<ColourScheme, readonly [number, number, number]>> = {
  light: [0.44, 0.53, 0.62],
  dark: [0.66, 0.75, 0.86],
};

/** Slots from 48 on are shades of the base colours. */
export function slotColour(slot: number, scheme: ColourScheme): string {
  const [base, shade] = [slot % baseCount, Math.floor(slot / baseCount)];
  const hueShift = shade === 0 ? 0 : (((shade * 0.618) % 1) - 0.5) * 20;
  const lightnessShift = shade === 0 ? 0 : (((shade * 0.382 + 0.25) % 1) - 0.5) * 0.06;
  const lightness = (lightnesses[scheme][base % 3] as number) + lightnessShift;
  return toHex({ lightness, chroma: 0.15, hue: Math.floor(base / 3) * (360 / 16) + 15 + hueShift });
}
