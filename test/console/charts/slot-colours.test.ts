/** Colours of hosts: distinct and readable. */
import { describe, expect, test } from '@jest/globals';
import { slotColour } from '../../../console/charts/slot-colours.ts';
import { withSlots } from '../../../console/format/colours.ts';

const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);

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
