/** Colours of series, thresholds and marks, on a light and on a dark scheme; Grafana's names of them are understood. */

export type ColourScheme = 'light' | 'dark';

/** Each differs from its neighbours also to who does not tell red from green, and is 3:1 on its scheme. */
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

export function seriesColour(index: number, scheme: ColourScheme): string {
  const colours = series[scheme];
  return colours[index % colours.length] as string;
}

/** `red`, `dark-red`, `semi-dark-red`, `#abc123`; grey for what is none. */
export function namedColour(name: string, scheme: ColourScheme): string {
  if (/^#[0-9a-f]{3,8}$/i.test(name) || name.startsWith('rgb')) return name;
  const hue = name.replace(/^(?:super-light|semi-dark|light|dark)-/, '');
  return named[scheme][hue] ?? (named[scheme]['text'] as string);
}

/** A six-digit colour, let through so far: 0 is nothing of it. */
export function translucent(colour: string, share: number): string {
  if (!/^#[0-9a-f]{6}$/i.test(colour)) return colour;
  const alpha = Math.round(share * 255);
  return `${colour}${alpha.toString(16).padStart(2, '0')}`;
}

/** What a chart is drawn with beside its series. */
export const chartColours: Readonly<Record<ColourScheme, { readonly text: string; readonly grid: string }>> = {
  light: { text: '#596273', grid: '#e3e6ec' },
  dark: { text: '#9aa5b6', grid: '#262c36' },
};
