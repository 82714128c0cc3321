/** The migrations, in order. Each runs once; all migrations of a start run in one transaction. */
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
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
import { pushedHostLabels } from './0013-pushed-host-labels.ts';
import { enrollmentTokens } from './0014-enrollment-tokens.ts';

/** Migrations run in the order of their keys. The name and text of a released migration never change. */
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
  '0013-pushed-host-labels': pushedHostLabels,
  '0014-enrollment-tokens': enrollmentTokens,
};

/** Migrates the database to the newest tables. Throws when a migration fails, or when the database has an unknown migration. */
export async function migrate<Schema>(db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
