/**
 * Renders the silences of a running Alertmanager in the format of its data file. Alertmanager writes the file only every 15 minutes
 * and when it stops.
 * Source: https://github.com/prometheus/alertmanager/blob/v0.28.1/silence/silencepb/silence.proto
 */
import { varintLength, writeVarint } from '../../common/protobuf/varint.ts';
import { createProtobufWriter, type ProtobufWriter } from '../../common/protobuf/write.ts';

/** A silence of the API: https://github.com/prometheus/alertmanager/blob/v0.28.1/api/v2/openapi.yaml */
export interface Silence {
  readonly id: string;
  readonly matchers: readonly {
    readonly name: string;
    readonly value: string;
    readonly isRegex: boolean;
    /** Absent means true. */
    readonly isEqual?: boolean;
  }[];
  readonly startsAt: string;
  readonly endsAt: string;
  readonly updatedAt: string;
  readonly createdBy: string;
  readonly comment: string;
}

/** Default of Alertmanager's flag `--data.retention`. Alertmanager deletes a silence when it ended this long ago. */
const retentionMs = 120 * 3_600_000;

/** Returns the contents of the file: for each silence, the length of its message as a varint, then the message. */
export function renderSilences(silences: readonly Silence[]): Buffer {
  const writer = createProtobufWriter();
  return Buffer.concat(
    silences.map((silence) => {
      writer.message(1, () => writeSilence(writer, silence));
      writer.message(2, () => writeTime(writer, Date.parse(silence.endsAt) + retentionMs));
      const message = Buffer.from(writer.finish());
      return Buffer.concat([lengthOf(message), message]);
    }),
  );
}

function writeSilence(writer: ProtobufWriter, silence: Silence): void {
  writer.string(1, silence.id);
  for (const { name, value, isRegex, isEqual = true } of silence.matchers)
    writer.message(2, () => {
      writer.varint(1, isEqual ? Number(isRegex) : 2 + Number(isRegex)); // =, =~, !=, !~
      writer.string(2, name);
      writer.string(3, value);
    });
  writer.message(3, () => writeTime(writer, Date.parse(silence.startsAt)));
  writer.message(4, () => writeTime(writer, Date.parse(silence.endsAt)));
  writer.message(5, () => writeTime(writer, Date.parse(silence.updatedAt)));
  writer.string(8, silence.createdBy);
  writer.string(9, silence.comment);
}

/** google.protobuf.Timestamp */
function writeTime(writer: ProtobufWriter, timeMs: number): void {
  writer.varint(1, Math.floor(timeMs / 1_000));
  writer.varint(2, (timeMs % 1_000) * 1e6);
}

function lengthOf(message: Buffer): Uint8Array {
  const bytes = new Uint8Array(varintLength(message.length));
  writeVarint(bytes, 0, message.length);
  return bytes;
}
