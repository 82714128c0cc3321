/** A protobuf message as what to do with each of its fields. */
import { type ProtobufReader, readMessage } from '../../common/protobuf/read.ts';

export type Fields = Readonly<Record<number, (reader: ProtobufReader, type: number) => unknown>>;

/** Calls what stands for each field; skips the others. */
export function each(bytes: Uint8Array, fields: Fields): void {
  readMessage(bytes, (field, reader, type) => {
    const read = fields[field];
    read?.(reader, type);
    return read !== undefined;
  });
}

export function readDouble(reader: ProtobufReader): number {
  const { view, offset } = reader.fixed64();
  return view.getFloat64(offset, true);
}
