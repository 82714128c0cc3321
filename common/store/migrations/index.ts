/** The list of migrations, in order; each runs once, all of a start in one transaction. */
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { StoreSchema } from '../schema.ts';
import { alertHistory } from './0001-alert-history.ts';
import { notifications } from './0002-notifications.ts';
import { relayState } from './0003-relay-state.ts';
import { apiKeys } from './0004-api-keys.ts';
import { sessions } from './0005-sessions.ts';
import { notificationReceipts } from './0006-notification-receipts.ts';
import { tiers } from './0007-tiers.ts';
import { pushedHosts } from './0008-pushed-hosts.ts';
import { alertRules } from './0009-alert-rules.ts';
import { channelTurns } from './0010-channel-turns.ts';
import { relayChannels } from './0011-relay-channels.ts';
import { channelLeases } from './0012-channel-leases.ts';

/** Keys sort in the order in which they run; one that was released keeps its name and text for ever. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-alert-history': alertHistory,
  '0002-notifications': notifications,
  '0003-relay-state': relayState,
  '0004-api-keys': apiKeys,
  '0005-sessions': sessions,
  '0006-notification-receipts': notificationReceipts,
  '0007-tiers': tiers,
  '0008-pushed-hosts': pushedHosts,
  '0009-alert-rules': alertRules,
  '0010-channel-turns': channelTurns,
  '0011-relay-channels': relayChannels,
  '0012-channel-leases': channelLeases,
};

/** Brings the database to the newest tables. Throws when a migration fails, or the database has one unknown here. */
export async function migrate(db: Kysely<StoreSchema>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
