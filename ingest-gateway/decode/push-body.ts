/** The body of a push before and after decoding. Both can be sent to a thread and back. */
import type { Principal } from '../../common/http/auth.ts';
import type { HttpProblem } from '../../common/http/problem.ts';
import type { Pusher } from '../ingest/active-series/series-limits.ts';
import type { IncomingBatch } from '../ingest/ingest.ts';
import type { RejectionData } from '../ingest/sample-checks.ts';

export type PushFormat = 'collect' | 'remote_write' | 'otlp_json' | 'otlp_protobuf';

export interface PushBody {
  readonly format: PushFormat;
  /** As received. */
  readonly bytes: Uint8Array;
  /** Value of `Content-Encoding`. */
  readonly encoding?: string | undefined;
  /** The only host that the caller may write for; undefined for any host. */
  readonly boundHost: string | undefined;
  /** The host in the request's header, which the body must name too. */
  readonly namedHost?: string | undefined;
  readonly pusher: Pusher;
  readonly nowMs: number;
}

/** Returns the caller of a push, which has a credential. */
export function pusherOf(principal: Principal | undefined): Pusher {
  if (principal === undefined) throw new Error('a push passed the authorization without a credential');
  const { kind, id, name } = principal;
  return { id: `${kind} ${id}`, name };
}

export interface DecodedPush<Batch extends IncomingBatch = IncomingBatch> {
  /** Batches with at least one sample. */
  readonly batches: readonly Batch[];
  readonly rejections: RejectionData;
  /** The number of valid samples, including those that a push repeats. */
  readonly accepted: number;
  /** OTLP: rejected points that cannot be read. */
  readonly unreadable: number;
  /** OTLP: why a resource was refused. */
  readonly forbidden: Pick<HttpProblem, 'status' | 'title'> | undefined;
}
