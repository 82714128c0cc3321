/**
 * The stale marker: one NaN among 2^52, told from the others by its bits alone.
 * A JavaScript number may lose them, so it exists as bytes and never as a number.
 * Source: https://prometheus.io/docs/specs/prw/remote_write_spec/#stale-markers
 */

/** The bits of the marker. */
export const staleBits = 0x7ff0000000000002n;

/** Little-endian, as protobuf writes a double. */
export const staleBytes: Uint8Array = new Uint8Array(BigUint64Array.of(staleBits).buffer);

/** True when the eight bytes at `offset` are the marker. */
export function isStaleAt(bytes: DataView, offset: number): boolean {
  return bytes.getUint32(offset + 4, true) === 0x7ff00000 && bytes.getUint32(offset, true) === 2;
}
