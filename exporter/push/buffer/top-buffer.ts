/** Keeps records of processes until they are acknowledged. While the disk cannot be written, the latest are kept in memory. */
import type { TopRecord } from '../../../common/top/top-record.ts';
import type { BufferFile } from './buffer-file.ts';
import type { StoredTopRecord } from './top-table.ts';

export interface TopBuffer {
  /** The record is on disk on return, or in memory while the disk is at fault. */
  append(record: TopRecord): void;
  /** Returns the oldest records of the file. Records in memory are moved there first. */
  peek(maxRecords: number): readonly StoredTopRecord[];
  /** Removes the records up to this id. When the disk is at fault they are sent again: the gateway stores a record once. */
  acknowledge(lastId: number): void;
}

/** Records that are held in memory while the disk cannot be written: an hour. */
const memoryRecords = 60;

export function createTopBuffer(file: Pick<BufferFile, 'attempt'>): TopBuffer {
  let memory: TopRecord[] = [];

  function flush(): void {
    if (memory.length === 0) return;
    const isWritten = file.attempt((segments) => {
      segments.top.append(memory);
      return true;
    });
    memory = isWritten === true ? [] : memory.slice(-memoryRecords);
  }

  return {
    append(record) {
      memory.push(record);
      flush();
    },
    peek(maxRecords) {
      flush();
      return file.attempt((segments) => segments.top.read(maxRecords)) ?? [];
    },
    acknowledge: (lastId) => file.attempt((segments) => segments.top.remove(lastId)),
  };
}
