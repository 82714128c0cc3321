/** Colours of series; of hosts: distinct and readable, stable when hosts come and go, remembered by the browser. */
import { describe, expect, test } from '@jest/globals';
import {
  baseCount,
  createHostColours,
  namedColour,
  seriesColour,
  slotColour,
  translucent,
  withSlots,
} from '../../../console/format/colours.ts';

const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
const fleet = [
  ...numbered('web-', 40),
  ...numbered('db-', 20),
  'mail',
  'gw.example.com',
  '서울-1',
  '10.0.0.7',
  '__proto__',
];

test('no two hosts share a colour', () => {
  const slots = withSlots(new Map(), fleet);
  expect(slots.size).toBe(fleet.length);
  expect(new Set(slots.values()).size).toBe(fleet.length);
  expect(Math.max(...slots.values())).toBeLessThan(2 * baseCount);
});

test('the order of the names does not matter', () => {
  expect(withSlots(new Map(), fleet.toReversed())).toEqual(withSlots(new Map(), fleet));
});

test.each(['aaa', 'web-41', 'web-7a', 'zzz'])('a new host %s changes no other colour', (added) => {
  const before = withSlots(new Map(), fleet);
  const after = withSlots(before, [added, ...fleet]);
  expect([...after].filter(([name]) => name !== added)).toEqual([...before]);
  expect(new Set(after.values()).size).toBe(fleet.length + 1);
});

test('a further host of a numbered fleet changes no colour in another browser either', () => {
  const [before, after] = [19, 20].map((count) => withSlots(new Map(), numbered('web-', count)));
  for (const [name, slot] of before ?? []) expect([name, after?.get(name)]).toEqual([name, slot]);
});

describe('the browser', () => {
  function memory(text?: string) {
    const stored = new Map(text === undefined ? [] : [['hostpulse-host-colours', text]]);
    return {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
    };
  }

  test('remembers colours between visits and between tabs', () => {
    const storage = memory();
    const [one, other] = [createHostColours(storage), createHostColours(storage)];
    const first = one.slotsOf(['web-1', 'mail']);
    const second = other.slotsOf(['aaa', 'bbb', 'mail']);
    expect(second.get('mail')).toBe(first.get('mail'));
    const third = createHostColours(storage).slotsOf(['ccc']);
    for (const name of ['web-1', 'mail']) expect(third.get(name)).toBe(first.get(name));
    for (const name of ['aaa', 'bbb']) expect(third.get(name)).toBe(second.get(name));
    expect(new Set(third.values()).size).toBe(third.size);
  });

  test.each(['', '[1]', '{', 'null', '{"web-1":"red","web-2":-1,"web-3":0.5,"a":7,"b":7}'])('has %j stored', (text) => {
    const slots = createHostColours(memory(text)).slotsOf(['web-1', 'web-2', 'b']);
    expect(new Set(slots.values()).size).toBe(slots.size);
    expect([...slots.values()].filter((slot) => !Number.isInteger(slot) || slot < 0)).toEqual([]);
  });

  test('may forbid the storage', () => {
    const forbidden = () => {
      throw new Error('forbidden');
    };
    expect(createHostColours({ getItem: forbidden, setItem: forbidden }).slotsOf(['web-1']).size).toBe(1);
    expect(createHostColours(undefined).slotsOf(['web-1']).size).toBe(1);
  });
});

describe.each(['light', 'dark'] as const)('%s', (scheme) => {
  test('500 slots have distinct colours with a contrast of 3:1', () => {
    const ground = scheme === 'light' ? '#ffffff' : '#171b22';
    const colours = Array.from({ length: 500 }, (_, slot) => slotColour(slot, scheme));
    expect(new Set(colours).size).toBe(500);
    expect(colours.filter((colour) => contrast(colour, ground) < 3)).toEqual([]);
  });

  test('numbered hosts have colours far apart', () => {
    const slots = withSlots(new Map(), numbered('web-', 12));
    const colours = [...slots.values()].map((slot) => slotColour(slot, scheme));
    const near = colours.flatMap((one, index) =>
      colours.slice(index + 1).filter((other) => Math.hypot(...difference(one, other)) < 40),
    );
    expect(near).toEqual([]);
  });
});

describe('colours', () => {
  test('differ for a hundred lines, and include Grafana’s names', () => {
    expect(new Set(Array.from({ length: 100 }, (_, index) => seriesColour(index, 'dark'))).size).toBe(100);
    expect(namedColour('semi-dark-red', 'light')).toBe(namedColour('red', 'light'));
    expect(namedColour('#abc123', 'light')).toBe('#abc123');
    expect(namedColour('mauve', 'light')).toBe(namedColour('text', 'light'));
    expect(translucent('#abc123', 0.5)).toBe('#abc12380');
  });

  test.each([
    ['light', '#ffffff'],
    ['dark', '#171b22'],
  ] as const)('in the %s scheme: contrast of lines at least 3:1, of text at least 4.5:1', (scheme, card) => {
    for (let index = 0; index < 10; index += 1)
      expect(contrast(seriesColour(index, scheme), card)).toBeGreaterThanOrEqual(3);
    for (const name of ['green', 'orange', 'red', 'blue', 'yellow', 'purple'])
      expect([name, contrast(namedColour(name, scheme), card) >= 4.5]).toEqual([name, true]);
  });
});

function channels(colour: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

function difference(one: string, other: string): readonly number[] {
  const [a, b] = [channels(one), channels(other)];
  return a.map((value, index) => value - (b[index] as number));
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channels(colour).map((byte) => {
    const value = byte / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}
