/** Creates API keys in the databases of running programs. */
import { join } from 'node:path';
import { createApiKey } from '../../common/store/credentials/api-keys.ts';
import { openStore, type StoreLocation } from '../../common/store/open.ts';
import type { RunningStack } from './stack.ts';

/** Creates a key in the database and returns the key. Throws when a valid key has the name. */
export async function createKeyIn(location: StoreLocation, name: string, scope: 'push' | 'read'): Promise<string> {
  const store = await openStore(location);
  try {
    return (await createApiKey(store.db, { name, scopes: [scope], nowMs: Date.now() })).key;
  } finally {
    await store.close();
  }
}

/** Creates a key in the database of the stack, as `createKeyIn` does. */
export function createStackKey({ dataDirectory }: RunningStack, name: string, scope: 'push' | 'read'): Promise<string> {
  return createKeyIn({ path: join(dataDirectory, 'hostpulse.db') }, name, scope);
}
