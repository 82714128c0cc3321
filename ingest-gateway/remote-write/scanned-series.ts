/** The result of a scan for each series, and the limits that the scan applies. */
import type { LabelFault } from './label-check.ts';

export interface ScanLimits {
  readonly maxLabels: number;
  /** Bytes of one label value. */
  readonly maxValueBytes: number;
  readonly oldestMs: number;
  readonly newestMs: number;
  /** Whether a series of that name needs a check of its labels. Default: no name does. */
  readonly mayBeReserved?: (name: string) => boolean;
}

/** Why a series cannot be forwarded as it was sent: `mend-series.ts` keeps what is valid of it. */
export type SeriesFault =
  | LabelFault
  | 'reserved_name'
  | 'label_count'
  | 'no_instance'
  | 'no_job'
  | 'sample_order'
  | 'too_old'
  | 'too_new'
  | 'histogram';

/** One series. The scan reuses the object for the next series. Positions are offsets into the scanned bytes. */
export interface ScannedSeries {
  /** The whole field, tag included. */
  start: number;
  end: number;
  /** From the first to the last `Label` field, tags included. */
  labelsStart: number;
  labelsEnd: number;
  nameStart: number;
  nameEnd: number;
  instanceStart: number;
  instanceEnd: number;
  jobStart: number;
  jobEnd: number;
  samples: number;
  oldestMs: number;
  newestMs: number;
  fault: SeriesFault | undefined;
}

export function emptySeries(): ScannedSeries {
  return {
    start: 0,
    end: 0,
    labelsStart: 0,
    labelsEnd: 0,
    nameStart: 0,
    nameEnd: 0,
    instanceStart: 0,
    instanceEnd: 0,
    jobStart: 0,
    jobEnd: 0,
    samples: 0,
    oldestMs: 0,
    newestMs: 0,
    fault: undefined,
  };
}
