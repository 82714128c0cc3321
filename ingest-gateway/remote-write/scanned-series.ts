/** What a scan of remote write tells of each series, and by which limits it judges. */
import type { LabelFault } from './label-check.ts';

export interface ScanLimits {
  readonly maxLabels: number;
  /** Of one label's value. */
  readonly maxValueBytes: number;
  readonly oldestMs: number;
  readonly newestMs: number;
}

/** Why a series is not taken. */
export type SeriesFault =
  | LabelFault
  | 'label_count'
  | 'no_instance'
  | 'no_job'
  | 'sample_order'
  | 'too_old'
  | 'too_new'
  | 'histogram';

/** The series at hand; valid during the call that shows it. Positions are of the scanned bytes. */
export interface ScannedSeries {
  /** The whole field, its tag included. */
  start: number;
  end: number;
  /** All `Label` fields, their tags included; senders write them first. */
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
