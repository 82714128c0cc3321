/** HTTP basic authentication against bcrypt hashes, with a cache: bcrypt takes longer than a scrape. */

/** `busy`: too many unknown credentials are waiting for their comparison. */
export type AuthResult = 'ok' | 'refused' | 'busy';

/** Compares a password with a bcrypt hash. */
export type ComparePassword = (password: string, hash: string) => Promise<boolean>;

export interface BasicAuth {
  /** Checks the header `Authorization` of a request. */
  check(header: string | undefined, users: ReadonlyMap<string, string>): Promise<AuthResult>;
}

/** Cached results. A brute-force attempt evicts old results, which costs a scraper one more comparison. */
const maxCached = 100;
/** Comparisons that may wait: each takes 100 ms or more. */
const maxWaiting = 20;

/**
 * Compares one password at a time, so that guessing cannot use up the processor. An unknown user takes as long as a wrong
 * password. Cache keys are MACs under a random key of this process, never passwords.
 */
export function createBasicAuth(compare: ComparePassword): BasicAuth {
  const { createHmac, randomBytes } = process.getBuiltinModule('node:crypto');
  const macKey = randomBytes(32);
  const results = new Map<string, Promise<boolean>>();
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  function compareInTurn(password: string, hash: string): Promise<boolean> {
    waiting += 1;
    const turn = last
      .then(() => compare(password, hash))
      .finally(() => {
        waiting -= 1;
      });
    last = turn.catch(() => false); // reported to the request that started the comparison
    return turn;
  }

  async function check(header: string | undefined, users: ReadonlyMap<string, string>): Promise<AuthResult> {
    const credentials = parseBasicCredentials(header);
    if (credentials === undefined) return 'refused';
    const { user, password } = credentials;
    const known = users.get(user);
    const [hash = ''] = known === undefined ? users.values() : [known];
    const key = createHmac('sha256', macKey)
      .update(JSON.stringify([user, hash, password]))
      .digest('base64');
    let answer = results.get(key);
    if (answer === undefined) {
      if (waiting >= maxWaiting) return 'busy';
      answer = compareInTurn(password, hash);
      cache(key, answer);
    }
    const isRight = await answer;
    return isRight && known !== undefined ? 'ok' : 'refused';
  }

  function cache(key: string, answer: Promise<boolean>): void {
    const [oldest] = results.keys();
    if (results.size >= maxCached && oldest !== undefined) results.delete(oldest);
    results.set(key, answer);
    answer.catch(() => results.delete(key));
  }

  return { check };
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
