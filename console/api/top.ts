/** The busiest processes of a host, which the gateway keeps by minute. */
import type { ProcessUse } from '../../common/top/top-record.ts';

export interface TopAnswer {
  readonly host: string;
  /** RFC 3339, as all times. */
  readonly at: string;
  /** Absent for a time without a record. */
  readonly record?: { readonly from: string; readonly to: string; readonly processes: readonly ProcessUse[] };
  /** The time that has records. Absent without any. */
  readonly oldest?: string;
  readonly newest?: string;
}

export function topPath(host: string, atMs: number): string {
  return `/api/v1/top?${new URLSearchParams({ host, at: String(Math.round(atMs)) }).toString()}`;
}
