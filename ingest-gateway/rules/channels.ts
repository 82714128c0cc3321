/** The channels that a rule names: a misspelt one would tell nobody. */
import { HttpProblem } from '../../common/http/problem.ts';
import { tryRelayChannels } from '../../common/store/relay-state.ts';
import type { Database } from '../../common/store/schema.ts';
import type { RuleDefinition } from './schema.ts';

/** Throws an `HttpProblem` 422 that names the relay's own. A disabled rule tells nobody anyhow, and a relay that never ran has told none. */
export async function requireKnownChannels(db: Database, { channels, enabled }: RuleDefinition): Promise<void> {
  if (!enabled || channels.length === 0) return;
  const known = await tryRelayChannels(db);
  if (known === undefined) return;
  const expected = known.length === 0 ? 'none: the relay has no channel' : `one of ${known.join(', ')}`;
  const errors = channels.flatMap((name, at) =>
    name === 'default' || known.includes(name)
      ? []
      : [{ path: `channels[${at}]`, message: `expected ${expected}; got ${JSON.stringify(name)}` }],
  );
  if (errors.length > 0) throw new HttpProblem(422, 'the relay does not have this channel', { errors });
}
