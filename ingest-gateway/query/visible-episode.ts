/** Finds an episode that a caller may see. */
import type { Principal } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { type Episode, tryEpisode } from '../../common/store/relay-records.ts';
import type { Database } from '../../common/store/schema.ts';

/** Throws 404 for an unknown episode, and for an episode of another host than the one that the caller is bound to. */
export async function requireEpisode(db: Database, id: number, principal: Principal | undefined): Promise<Episode> {
  const episode = await tryEpisode(db, id);
  const bound = principal?.host;
  if (episode !== undefined && (bound === undefined || episode.host === bound)) return episode;
  throw new HttpProblem(404, `there is no alert ${id}`);
}

/** Throws 409 for an alert that is resolved. */
export function requireOpen({ id, closed_at: closedAtMs }: Pick<Episode, 'id' | 'closed_at'>): void {
  if (closedAtMs === null) return;
  throw new HttpProblem(409, `the alert ${id} was resolved at ${new Date(closedAtMs).toISOString()}`);
}
