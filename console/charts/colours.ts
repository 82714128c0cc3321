/** Colours of series, thresholds and marks in the light and the dark scheme. Accepts Grafana's colour names. */

import { type ColourScheme, slotColour } from './slot-colours.ts';

/** Neighbours differ for colour-blind viewers, and each colour has a contrast of 3:1. */
const series: Readonly<Record<ColourScheme, readonly string[]>> = {
  light: ['#2f7d32', '#1f78c1', '#b8730a', '#c4422b', '#7b4fb5', '#00838f', '#ad1f66', '#6b7a12', '#4a5bc4', '#8d5a3b'],
  dark: ['#73bf69', '#5794f2', '#f2cc0c', '#ff7a6b', '#b877d9', '#4dd0d8', '#ff85c0', '#c0ca33', '#8ab8ff', '#d9a27a'],
};

const named: Readonly<Record<ColourScheme, Readonly<Record<string, string>>>> = {
  light: {
    green: '#2f7d32',
    yellow: '#94700a',
    orange: '#b85c00',
    red: '#c4262e',
    blue: '#1f60c4',
    purple: '#7b4fb5',
    text: '#596273',
    transparent: 'transparent',
  },
  dark: {
    green: '#73bf69',
    yellow: '#fade2a',
    orange: '#ff9830',
    red: '#f2616d',
    blue: '#5794f2',
    purple: '#b877d9',
    text: '#9aa5b6',
    transparent: 'transparent',
  },
};

/** Colours of lines that are no hosts, in order. */
export function seriesColour(index: number, scheme: ColourScheme): string {
  const colours = series[scheme];
  return colours[index] ?? slotColour((index - colours.length) * 29, scheme);
}

/** Accepts `red`, `dark-red`, `semi-dark-red` and `#abc123`. Returns grey for unknown names. */
export function namedColour(name: string, scheme: ColourScheme): string {
  if (/^#[0-9a-f]{3,8}$/i.test(name) || name.startsWith('rgb')) return name;
  const hue = name.replace(/^(?:super-light|semi-dark|light|dark)-/, '');
  return named[scheme][hue] ?? (named[scheme]['text'] as string);
}

/** Adds an opacity between 0 and 1 to a six-digit colour. */
export function translucent(colour: string, share: number): string {
  if (!/^#[0-9a-f]{6}$/i.test(colour)) return colour;
  const alpha = Math.round(share * 255);
  return `${colour}${alpha.toString(16).padStart(2, '0')}`;
}

/** Colours of the axes and the grid. */
export const chartColours: Readonly<Record<ColourScheme, { readonly text: string; readonly grid: string }>> = {
  light: { text: '#596273', grid: '#e3e6ec' },
  dark: { text: '#9aa5b6', grid: '#262c36' },
};
