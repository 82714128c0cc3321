/**
 * Signed links that acknowledge an alert without a login. A link permits the acknowledgement of its alert, and nothing else. The
 * secret is in the database that relays and gateways share.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { ackPath } from '../page/paths.ts';
import { type Episode, tryEpisode } from './relay-records.ts';
import type { Database } from './schema.ts';

/** Lifetime of a link. Later messages about the alert have newer links. */
export const ackLinkLifetimeMs = 7 * 86_400_000;

/** `alert`: one episode. `group`: every open episode with the alert name and severity of the episode. */
export type AckScope = 'alert' | 'group';

export interface AckLink {
  readonly scope: AckScope;
  readonly episodeId: number;
  /** Epoch seconds. */
  readonly untilSeconds: number;
  /** Base64url. */
  readonly signature: string;
}

const secretName = 'acknowledge';

/** Returns the secret that signs the links. The first call creates it. */
async function linkSecret(db: Database): Promise<string> {
  const read = () => db.selectFrom('link_secrets').select('secret').where('name', '=', secretName).executeTakeFirst();
  const found = await read();
  if (found !== undefined) return found.secret;
  await db
    .insertInto('link_secrets')
    .values({ name: secretName, secret: randomBytes(32).toString('base64url') })
    .onConflict((conflict) => conflict.column('name').doNothing()) // another program created it at the same time
    .execute();
  return (await read())?.secret ?? linkSecret(db);
}

interface AckLinkOptions {
  readonly scope: AckScope;
  readonly nowMs: number;
}

/** Returns the path and query of a link that is valid for `ackLinkLifetimeMs`. */
export async function createAckPath(
  db: Database,
  episode: Pick<Episode, 'id' | 'opened_at'>,
  { scope, nowMs }: AckLinkOptions,
): Promise<string> {
  const untilSeconds = Math.floor((nowMs + ackLinkLifetimeMs) / 1_000);
  const link = { scope, episodeId: episode.id, untilSeconds };
  return ackPath({ ...link, signature: sign(await linkSecret(db), link, episode.opened_at) });
}

/** Signs `opened_at`, too: in a restored database, another episode may get the same id. */
function sign(
  secret: string,
  { scope, episodeId, untilSeconds }: Omit<AckLink, 'signature'>,
  openedAtMs: number,
): string {
  const text = `acknowledge ${scope} ${episodeId} ${openedAtMs} ${untilSeconds}`;
  return createHmac('sha256', secret).update(text).digest('base64url');
}

export type VerifiedLink =
  | { readonly kind: 'valid'; readonly episode: Episode; readonly scope: AckScope }
  | { readonly kind: 'expired' | 'forged' };

/** Parses and verifies the query of a link. `forged`: no relay of this database signed it, or it was changed. */
export async function verifyAckLink(db: Database, query: URLSearchParams, nowMs: number): Promise<VerifiedLink> {
  const link = tryParseLink(query);
  if (link === undefined) return { kind: 'forged' };
  const episode = await tryEpisode(db, link.episodeId);
  if (episode === undefined) return { kind: 'forged' };
  const expected = Buffer.from(sign(await linkSecret(db), link, episode.opened_at));
  const given = Buffer.from(link.signature);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return { kind: 'forged' };
  if (link.untilSeconds * 1_000 <= nowMs) return { kind: 'expired' };
  return { kind: 'valid', episode, scope: link.scope };
}

function tryParseLink(query: URLSearchParams): AckLink | undefined {
  const scope = query.has('group') ? 'group' : 'alert';
  const [id, until, signature] = [query.get(scope), query.get('until'), query.get('key')];
  if (id === null || until === null || signature === null) return undefined;
  if (!/^[1-9]\d{0,14}$/.test(id) || !/^\d{1,12}$/.test(until)) return undefined;
  return { scope, episodeId: Number(id), untilSeconds: Number(until), signature };
}
