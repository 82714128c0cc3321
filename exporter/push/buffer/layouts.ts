/** Stores each layout of the buffer's sample sets once, and maps layouts to rows and back. */
import type { DatabaseSync } from 'node:sqlite';
import { preparer } from '../../../common/queue/queue-file.ts';

/** The encoded families and series of a set, opaque here. Sets with the same layout share the object. */
export interface Layout {
  readonly bytes: Uint8Array;
}

export interface Layouts {
  /** Returns the layout's row, inserting it when missing. Must run in the transaction that refers to the row. */
  idOf(layout: Layout): number;
  /** Returns undefined when the row is missing or its checksum is wrong. */
  find(id: number): Layout | undefined;
  /** Deletes the rows that no set refers to. */
  prune(): void;
  /** Must be called when a transaction with a call of `idOf` was rolled back. */
  forget(): void;
}

/** Bounds the memory of a host whose layout changes with every set. */
const maxCachedLayouts = 64;

export function createLayouts(db: DatabaseSync, crc32: (data: Uint8Array) => number): Layouts {
  const statement = preparer(db);
  const byId = new Map<number, Layout>();
  let latest: { readonly layout: Layout; readonly id: number } | undefined;

  function cache(id: number, layout: Layout): Layout {
    if (byId.size >= maxCachedLayouts) byId.clear();
    byId.set(id, layout);
    return layout;
  }

  function prune(): void {
    db.exec('delete from layouts where id not in (select layout from sets union select layout from set_aside)');
    byId.clear();
  }

  function forget(): void {
    byId.clear();
    latest = undefined;
  }

  function idOf(layout: Layout): number {
    if (latest?.layout === layout && byId.has(latest.id)) return latest.id;
    const found = statement('select id from layouts where body = ?').get(layout.bytes)?.['id'];
    if (found === undefined) prune();
    const id = Number(
      found ??
        statement('insert into layouts (crc, body) values (?, ?)').run(crc32(layout.bytes), layout.bytes)
          .lastInsertRowid,
    );
    cache(id, layout);
    latest = { layout, id };
    return id;
  }

  function find(id: number): Layout | undefined {
    const known = byId.get(id);
    if (known !== undefined) return known;
    const row = statement('select crc, body from layouts where id = ?').get(id) as
      | { crc: number; body: Uint8Array }
      | undefined;
    if (row === undefined || crc32(row.body) !== row.crc) return undefined;
    return cache(id, { bytes: row.body });
  }

  return { idOf, find, prune, forget };
}
