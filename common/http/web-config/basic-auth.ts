/** HTTP basic authentication against bcrypt hashes, with a cache: bcrypt takes longer than a scrape. */

/** `busy`: too many unknown credentials are waiting for their comparison. */
export type AuthResult = 'ok' | 'refused' | 'busy';

/** Compares a password with a bcrypt hash. */
export type ComparePassword = (password: string, hash: string) => Promise<boolean>;

export interface BasicAuth {
  /** Checks the header `Authorization` of a request from an address. */
  check(header: string | undefined, users: ReadonlyMap<string, string>, address?: string): Promise<AuthResult>;
}

/** Cached results: of right passwords and of wrong ones apart, so that guesses do not evict the right ones. */
const maxCached = 100;
/** Comparisons that may wait, in all and from one address: each takes 100 ms or more. */
const maxWaiting = 100;
const maxWaitingOfAddress = 20;

/**
 * Compares one password at a time, so that guessing cannot use up the processor. Addresses take turns, so that guesses from one
 * do not delay the others. An unknown user takes as long as a wrong password. Cache keys are MACs under a random key of this
 * process, never passwords.
 */
export function createBasicAuth(compare: ComparePassword): BasicAuth {
  const { createHmac, randomBytes } = process.getBuiltinModule('node:crypto');
  const macKey = randomBytes(32);
  const right = new Set<string>();
  const wrong = new Set<string>();
  const pending = new Map<string, Promise<boolean>>();
  const turns = createTurns();

  async function compareOnce(key: string, comparison: () => Promise<boolean>): Promise<boolean> {
    try {
      const isRight = await comparison();
      remember(isRight ? right : wrong, key);
      return isRight;
    } finally {
      pending.delete(key);
    }
  }

  async function check(
    header: string | undefined,
    users: ReadonlyMap<string, string>,
    address = '',
  ): Promise<AuthResult> {
    const credentials = parseBasicCredentials(header);
    if (credentials === undefined) return 'refused';
    const { user, password } = credentials;
    const known = users.get(user);
    const [hash = ''] = known === undefined ? users.values() : [known];
    const key = createHmac('sha256', macKey)
      .update(JSON.stringify([user, hash, password]))
      .digest('base64');
    if (right.has(key)) return known === undefined ? 'refused' : 'ok';
    if (wrong.has(key)) return 'refused';
    let answer = pending.get(key);
    if (answer === undefined) {
      const turn = turns.take(address, () => compare(password, hash));
      if (turn === undefined) return 'busy';
      answer = compareOnce(key, () => turn);
      pending.set(key, answer);
    }
    return (await answer) && known !== undefined ? 'ok' : 'refused';
  }

  return { check };
}

function remember(keys: Set<string>, key: string): void {
  const [oldest] = keys;
  if (keys.size >= maxCached && oldest !== undefined) keys.delete(oldest);
  keys.add(key);
}

interface Turns {
  /** Runs the work after that of the addresses before; undefined when too much work waits. */
  take(address: string, work: () => Promise<boolean>): Promise<boolean> | undefined;
}

/** Runs one piece of work at a time, the oldest of each address in turn. */
function createTurns(): Turns {
  /** Waiting work by address, in the order of the turns. */
  const queues = new Map<string, (() => Promise<void>)[]>();
  let waiting = 0;
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    for (let [next] = queues; next !== undefined; [next] = queues) {
      const [address, queue] = next;
      const work = queue.shift();
      queues.delete(address);
      if (queue.length > 0) queues.set(address, queue);
      await work?.();
      waiting -= 1;
    }
    isRunning = false;
  }

  return {
    take(address, work) {
      const queue = queues.get(address) ?? [];
      if (waiting >= maxWaiting || queue.length >= maxWaitingOfAddress) return undefined;
      const { promise, resolve, reject } = Promise.withResolvers<boolean>();
      queue.push(async () => {
        await work().then((value) => resolve(value), reject);
      });
      queues.set(address, queue);
      waiting += 1;
      if (!isRunning) void run();
      return promise;
    },
  };
}

/** Returns undefined when the header is absent or has another scheme. Source: RFC 7617 */
export function parseBasicCredentials(
  header: string | undefined,
): { readonly user: string; readonly password: string } | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
