/**
 * The stale marker: a NaN with a specific payload. A JavaScript number may lose the payload, so the marker is handled as bytes.
 * Source: https://prometheus.io/docs/specs/prw/remote_write_spec/#stale-markers
 */

/** The marker's bits. */
const staleBits = 0x7ff0000000000002n;

/** The marker in little-endian order, as protobuf writes a double. */
export const staleBytes: Uint8Array = new Uint8Array(BigUint64Array.of(staleBits).buffer);

/** Returns whether the eight bytes at `offset` are the marker. */
export function isStaleAt(bytes: DataView, offset: number): boolean {
  return bytes.getUint32(offset + 4, true) === 0x7ff00000 && bytes.getUint32(offset, true) === 2;
}
