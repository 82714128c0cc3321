/** The migrations, in order. Each runs once; all migrations of a start run in one transaction. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { readVersion } from '../../program/package.ts';
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
import { programVersion } from './0015-program-version.ts';
import { topRecords } from './0016-top-records.ts';
import { acknowledgements } from './0017-acknowledgements.ts';
import { escalationSteps } from './0018-escalation-steps.ts';

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
  '0015-program-version': programVersion,
  '0016-top-records': topRecords,
  '0017-acknowledgements': acknowledgements,
  '0018-escalation-steps': escalationSteps,
};

/**
 * Migrates the database to the newest tables. Throws when a migration fails, and a `NewerDatabaseError` when the database has a
 * migration of a newer version.
 */
export async function migrate<Schema>(db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) throw (await isNewer(db)) ? new NewerDatabaseError(await writerOf(db)) : error;
  if (results.length > 0) await recordVersion(db);
}

/** The database was migrated by a newer version of hostpulse, and is not changed. */
export class NewerDatabaseError extends Error {
  constructor(version: string | undefined) {
    const writer = version === undefined ? 'a newer version of hostpulse' : `hostpulse ${version}`;
    super(
      `${writer} made the database, this is hostpulse ${readVersion()}; install that version, or restore a backup from before the update`,
    );
    this.name = 'NewerDatabaseError';
  }
}

async function isNewer<Schema>(db: Kysely<Schema>): Promise<boolean> {
  try {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
    return rows.some(({ name }) => !Object.hasOwn(migrations, name));
  } catch {
    return false; // the database cannot be read: the first error says why
  }
}

/** Returns undefined for a database of a version that did not record itself. */
async function writerOf<Schema>(db: Kysely<Schema>): Promise<string | undefined> {
  try {
    const { rows } = await sql<{ version: string }>`select version from program_version`.execute(db);
    return rows[0]?.version;
  } catch {
    return undefined;
  }
}

/** Called after this version has migrated the database: it is the newest that used it. */
async function recordVersion<Schema>(db: Kysely<Schema>): Promise<void> {
  await sql`delete from program_version`.execute(db);
  await sql`insert into program_version (version) values (${readVersion()})`.execute(db);
}
