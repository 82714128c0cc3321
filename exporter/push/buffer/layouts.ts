/** The layouts of sample sets by row and by object: what stays from set to set is stored once. */
import type { DatabaseSync } from 'node:sqlite';
import { preparer } from '../../../common/queue/queue-file.ts';

/** What the values of a set belong to; opaque here. Sets that share a layout share the object. */
export interface Layout {
  readonly bytes: Uint8Array;
}

export interface Layouts {
  /** The layout's row, made where there is none yet; to be called inside the transaction that refers to it. */
  idOf(layout: Layout): number;
  /** Undefined when the row is missing or its checksum wrong. */
  find(id: number): Layout | undefined;
  /** Deletes the rows that no set needs any more. */
  prune(): void;
  /** To be called when a transaction with `idOf` in it was rolled back. */
  forget(): void;
}

/** A host whose layout changes with every set must not fill the memory with old ones. */
const rememberedLayouts = 64;

/** Layouts by row and by object: each body is stored once. */
export function createLayouts(db: DatabaseSync, crc32: (data: Uint8Array) => number): Layouts {
  const statement = preparer(db);
  const byId = new Map<number, Layout>();
  let latest: { readonly layout: Layout; readonly id: number } | undefined;

  function remember(id: number, layout: Layout): Layout {
    if (byId.size >= rememberedLayouts) byId.clear();
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
    remember(id, layout);
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
    return remember(id, { bytes: row.body });
  }

  return { idOf, find, prune, forget };
}
