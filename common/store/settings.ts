/** The settings of the database, for every program that has one. */
import type { Secret } from '../program/settings/secret.ts';
import { path, type SettingType, secret } from '../program/settings/setting-type.ts';
import { optional, setting } from '../program/settings/settings.ts';

/** Does not quote the given value in its problems, because the URL has a password. */
const postgresUrl: SettingType<Secret> = {
  ...secret,
  parse(raw) {
    const parsed = secret.parse(raw);
    if ('faults' in parsed) return parsed;
    const url = URL.parse(parsed.value.reveal());
    const isOne = url !== null && /^postgres(?:ql)?:$/.test(url.protocol) && url.host !== '' && url.pathname.length > 1;
    return isOne
      ? parsed
      : { faults: [{ path: [], expected: 'postgres://user:password@host:5432/database', got: 'a text that is none' }] };
  },
};

export const storeSettings = {
  databasePath: setting({
    path: 'database.path',
    help: 'SQLite file with keys, history and outbox, shared by the gateway and the relay of a host; created with its folder',
    type: path,
    default: 'data/hostpulse.db',
  }),
  databaseUrl: optional({
    path: 'database.url',
    help: 'PostgreSQL instead of the file, for gateways and relays on several hosts: postgres://user:password@host/database',
    type: postgresUrl,
  }),
};
