/**
 * Assigns colours to hosts, as slots of the palette of console/charts/slot-colours.ts. The name selects one of 48 base
 * colours; numbered hosts such as web-1 and web-2 get colours far apart. A host whose colour is taken gets the next free
 * one, and the browser remembers the colour: a new host changes no other host's colour.
 */

/** Number of base colours. Slots from 48 on are shades of them, for fleets of more hosts. */
export const baseCount = 48;
/** Coprime to 48. Successive numbers differ in hue and lightness. */
const stride = 29;

/** Returns the base colour that the name asks for, 0 to 47. */
export function preferredSlot(name: string): number {
  const [, start, digits, end] = /^(.*?)(\d{1,9})(\D*)$/s.exec(name) ?? [];
  if (start === undefined || digits === undefined) return hash(name) % baseCount;
  return (hash(`${start}#${end}`) + Number(digits) * stride) % baseCount;
}

/** FNV-1a. */
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

/** Without storage in the browser, or with a full one, colours are kept until the page is closed. */
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
