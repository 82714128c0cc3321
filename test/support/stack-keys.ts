/** Creates API keys in the database of a running stack. */
import { join } from 'node:path';
import { createApiKey } from '../../common/store/credentials/api-keys.ts';
import { openStore } from '../../common/store/open.ts';
import type { RunningStack } from './stack.ts';

/** Returns the new key. Names of keys are unique. */
export async function createStackKey(
  { dataDirectory }: RunningStack,
  name: string,
  scope: 'push' | 'read',
): Promise<string> {
  const store = await openStore({ path: join(dataDirectory, 'hostpulse.db') });
  try {
    return (await createApiKey(store.db, { name, scopes: [scope], nowMs: Date.now() })).key;
  } finally {
    await store.close();
  }
}
