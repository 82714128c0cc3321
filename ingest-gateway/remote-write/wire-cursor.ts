/** Steps through the fields of a protobuf message in place and never beyond the end that the caller gives. */
import { wire } from '../../common/protobuf/read.ts';
import { readVarint, varintEnd } from '../../common/protobuf/varint.ts';

/** The bytes are not a `WriteRequest`. */
export class MalformedRequestError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MalformedRequestError';
  }
}

/** Every method reads at `position`, moves behind the bytes read, and throws a `MalformedRequestError` when they pass `end`. */
export class WireCursor {
  position = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Returns the unsigned value; exact up to 2^53. */
  varint(end: number): number {
    const start = this.position;
    const first = this.#bytes[start] as number;
    if (first < 0x80 && start < end) {
      this.position = start + 1;
      return first;
    }
    const next = varintEnd(this.#bytes, start, end);
    if (next === 0)
      throw new MalformedRequestError(
        end - start < 10 ? 'the request ends inside a number' : 'a number of more than ten bytes',
      );
    this.position = next;
    return readVarint(this.#bytes, start, next);
  }

  /** Returns the key of a field: its number times 8, plus its wire type. */
  key(end: number): number {
    const key = this.varint(end);
    if (key < 8 || key > 0xffff_ffff) throw new MalformedRequestError('a field without a number');
    return key;
  }

  /** Reads the length of a field and returns where its content ends; `position` is where the content starts. */
  contentEnd(end: number): number {
    const length = this.varint(end);
    if (length > end - this.position) throw new MalformedRequestError('the request ends inside a field');
    return this.position + length;
  }

  /** Skips the value of the field with that key. */
  skip(key: number, end: number): void {
    const type = key & 7;
    if (type === wire.varint) this.varint(end);
    else if (type === wire.fixed64) this.position += 8;
    else if (type === wire.lengthDelimited) this.position = this.contentEnd(end);
    else if (type === wire.fixed32) this.position += 4;
    else throw new MalformedRequestError(`wire type: expected one of protobuf 3, got ${type}`);
    if (this.position > end) throw new MalformedRequestError('the request ends inside a field');
  }
}
