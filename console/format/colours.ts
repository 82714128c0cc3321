/**
 * Defines the colours of series, hosts, thresholds and marks in the light and the dark scheme. Accepts Grafana's colour names.
 *
 * A host has a slot of a palette. The name selects one of 48 base colours; numbered hosts such as web-1 and web-2 get colours
 * far apart. A host whose colour is taken gets the next free colour, and the browser remembers the colour: a new host changes
 * no other host's colour.
 */

export type ColourScheme = 'light' | 'dark';

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

/** Returns the colour of a line that is not a host. */
export function seriesColour(index: number, scheme: ColourScheme): string {
  const colours = series[scheme];
  return colours[index] ?? slotColour((index - colours.length) * 29, scheme);
}

/** Returns the colour of a name such as `red`, `dark-red`, `semi-dark-red` or `#abc123`. Returns grey for an unknown name. */
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

/** Number of base colours. The colour of a slot above 47 is a shade of a base colour. */
export const baseCount = 48;
/** Coprime to 48. Successive numbers differ in hue and lightness. */
const stride = 29;

/**
 * The palette of hosts: 16 hues in three lightnesses, which also differ for colour-blind viewers. Each colour has a contrast
 * of at least 3:1.
 */
const lightnesses: Readonly<Record<ColourScheme, readonly [number, number, number]>> = {
  light: [0.44, 0.53, 0.62],
  dark: [0.66, 0.75, 0.86],
};

/** Returns the colour of a slot: a base colour, or a shade of a base colour for slots above 47. */
export function slotColour(slot: number, scheme: ColourScheme): string {
  const [base, shade] = [slot % baseCount, Math.floor(slot / baseCount)];
  const hueShift = shade === 0 ? 0 : (((shade * 0.618) % 1) - 0.5) * 20;
  const lightnessShift = shade === 0 ? 0 : (((shade * 0.382 + 0.25) % 1) - 0.5) * 0.06;
  const lightness = (lightnesses[scheme][base % 3] as number) + lightnessShift;
  return toHex({ lightness, chroma: 0.15, hue: Math.floor(base / 3) * (360 / 16) + 15 + hueShift });
}

interface Oklch {
  /** 0 to 1. */
  readonly lightness: number;
  /** 0 is grey. */
  readonly chroma: number;
  /** In degrees. */
  readonly hue: number;
}

/** Returns a colour such as `#1f78c1`. Reduces the chroma until sRGB contains the colour. */
function toHex({ lightness, chroma, hue }: Oklch): string {
  let fitting = chroma;
  let channels = toLinear({ lightness, chroma: fitting, hue });
  while (fitting > 0 && channels.some((channel) => channel < 0 || channel > 1)) {
    fitting = Math.max(0, fitting - 0.004);
    channels = toLinear({ lightness, chroma: fitting, hue });
  }
  return `#${channels.map((channel) => toByte(channel).toString(16).padStart(2, '0')).join('')}`;
}

function toLinear({ lightness, chroma, hue }: Oklch): readonly number[] {
  const angle = (hue * Math.PI) / 180;
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

/** Applies the transfer function of sRGB. */
function toByte(linear: number): number {
  const value = Math.min(Math.max(linear, 0), 1);
  return Math.round(255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055));
}

/** Returns the slot of the base colour that the name selects, 0 to 47. */
function preferredSlot(name: string): number {
  const [, start, digits, end] = /^(.*?)(\d{1,9})(\D*)$/s.exec(name) ?? [];
  if (start === undefined || digits === undefined) return hash(name) % baseCount;
  return (hash(`${start}#${end}`) + Number(digits) * stride) % baseCount;
}

/** Returns the upper 24 bits of the FNV-1a hash. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) as number), 0x01000193) >>> 0;
  return value >>> 8;
}

export type Slots = ReadonlyMap<string, number>;

/** Returns the slots of `known` and of the new names. No two names share a slot, and the order of `names` does not matter. */
export function withSlots(known: Slots, names: readonly string[]): Slots {
  const added = [...new Set(names)].filter((name) => !known.has(name));
  if (added.length === 0) return known;
  const slots = new Map(known);
  const taken = new Set(known.values());
  for (const name of added.sort((a, b) => hash(a) - hash(b) || (a < b ? -1 : 1))) {
    const slot = freeSlot(preferredSlot(name), taken);
    slots.set(name, slot);
    taken.add(slot);
  }
  return slots;
}

function freeSlot(preferred: number, taken: ReadonlySet<number>): number {
  for (let shade = Math.floor(taken.size / baseCount); ; shade += 1)
    for (let step = 0; step < baseCount; step += 1) {
      const slot = shade * baseCount + ((preferred + step * stride) % baseCount);
      if (!taken.has(slot)) return slot;
    }
}

/** Slots by name of a host, or of a further series of a host. */
export interface HostColours {
  readonly slotsOf: (names: readonly string[]) => Slots;
}

const storageKey = 'hostpulse-host-colours';
const maxRemembered = 2_000;

/** Creates the colours of hosts. When the browser has no storage, or its storage is full, colours are kept until the page is closed. */
export function createHostColours(storage: Pick<Storage, 'getItem' | 'setItem'> | undefined): HostColours {
  let slots = withStored(new Map(), storage);

  function remember(names: readonly string[]): void {
    const current = withStored(slots, storage); // another tab may have added hosts
    slots = withSlots(current, names);
    try {
      storage?.setItem(storageKey, JSON.stringify(Object.fromEntries([...slots].slice(-maxRemembered))));
    } catch {
      return; // the storage is full or forbidden: the page keeps the colours itself
    }
  }

  return {
    slotsOf(names) {
      if (names.some((name) => !slots.has(name))) remember(names);
      return slots;
    },
  };
}

/** Adds stored names whose slots are free. */
function withStored(slots: Slots, storage: Pick<Storage, 'getItem'> | undefined): Slots {
  const taken = new Set(slots.values());
  const merged = new Map(slots);
  for (const [name, slot] of Object.entries(readStored(storage))) {
    if (merged.has(name) || !Number.isSafeInteger(slot) || (slot as number) < 0 || taken.has(slot as number)) continue;
    merged.set(name, slot as number);
    taken.add(slot as number);
  }
  return merged;
}

function readStored(storage: Pick<Storage, 'getItem'> | undefined): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(storage?.getItem(storageKey) ?? '{}');
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {}; // not written by this version
  }
}
