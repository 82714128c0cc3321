/** Colours of hosts: distinct, stable when hosts come and go, remembered by the browser. */
import { describe, expect, test } from '@jest/globals';
import { baseCount, createHostColours, withSlots } from '../../../console/format/colours.ts';

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
