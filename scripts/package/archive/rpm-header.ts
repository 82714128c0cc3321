/** Writes the header structures of RPM packages: https://rpm-software-management.github.io/rpm/manual/format_header.html */

export type Value =
  | { readonly type: 'int16' | 'int32'; readonly values: readonly number[] }
  | { readonly type: 'string' | 'localized'; readonly value: string }
  | { readonly type: 'strings'; readonly values: readonly string[] }
  | { readonly type: 'bytes'; readonly value: Buffer };

const types = { int16: 3, int32: 4, string: 6, bytes: 7, strings: 8, localized: 9 } as const;
const alignments = { int16: 2, int32: 4, string: 1, bytes: 1, strings: 1, localized: 1 } as const;
const magic = Buffer.from('8eade80100000000', 'hex');
const entryBytes = 16;

/**
 * Returns a header structure with the values, sorted by tag. `region` is the tag that marks the values as immutable: 62 in the signature
 * header, 63 in the main header.
 */
export function writeRpmHeader(region: number, tags: ReadonlyMap<number, Value>): Buffer {
  const store: Buffer[] = [];
  let length = 0;
  const append = (content: Buffer): void => {
    store.push(content);
    length += content.length;
  };
  const entries = [...tags]
    .sort(([a], [b]) => a - b)
    .map(([tag, value]) => {
      append(Buffer.alloc(-length & (alignments[value.type] - 1)));
      const offset = length;
      append(encode(value));
      return renderEntry({ tag, type: types[value.type], offset, count: countOf(value) });
    });
  const all = entries.length + 1;
  const regionEntry = renderEntry({ tag: region, type: types.bytes, offset: length, count: entryBytes });
  append(renderEntry({ tag: region, type: types.bytes, offset: -all * entryBytes, count: entryBytes }));
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32BE(all, 0);
  sizes.writeUInt32BE(length, 4);
  return Buffer.concat([magic, sizes, regionEntry, ...entries, ...store]);
}

interface IndexEntry {
  readonly tag: number;
  readonly type: number;
  readonly offset: number;
  readonly count: number;
}

function renderEntry({ tag, type, offset, count }: IndexEntry): Buffer {
  const entry = Buffer.alloc(entryBytes);
  for (const [at, value] of [tag, type, offset, count].entries()) entry.writeInt32BE(value, at * 4);
  return entry;
}

function countOf(value: Value): number {
  if (value.type === 'bytes') return value.value.length;
  return 'values' in value ? value.values.length : 1;
}

function encode(value: Value): Buffer {
  switch (value.type) {
    case 'bytes':
      return value.value;
    case 'string':
    case 'localized':
      return Buffer.from(`${value.value}\0`);
    case 'strings':
      return Buffer.from(value.values.map((each) => `${each}\0`).join(''));
    case 'int16': {
      const bytes = Buffer.alloc(2 * value.values.length);
      for (const [at, each] of value.values.entries()) bytes.writeUInt16BE(each, 2 * at);
      return bytes;
    }
    case 'int32': {
      const bytes = Buffer.alloc(4 * value.values.length);
      for (const [at, each] of value.values.entries()) bytes.writeUInt32BE(each, 4 * at);
      return bytes;
    }
  }
}
