/** HTTP basic authentication against bcrypt hashes, without paying for bcrypt at every scrape. */

/** What is known of a request's credentials; `busy` when too many unknown ones wait already. */
export type AuthResult = 'ok' | 'refused' | 'busy';

/** Compares a password with a bcrypt hash. */
export type ComparePassword = (password: string, hash: string) => Promise<boolean>;

export interface BasicAuth {
  /** `header` is the request's `Authorization`. */
  check(header: string | undefined, users: ReadonlyMap<string, string>): Promise<AuthResult>;
}

/** Answers remembered; a brute-force attempt pushes out old ones, at worst one more comparison for a scraper. */
const maxRemembered = 100;
/** Comparisons that may wait: each takes a tenth of a second and more. */
const maxWaiting = 20;

/**
 * Guarantees: one comparison runs at a time, so that guessing cannot take all of the processor; an unknown user costs
 * the same as a wrong password; what is remembered is keyed by a MAC under a key of this process, never the password.
 */
export function createBasicAuth(compare: ComparePassword): BasicAuth {
  const { createHmac, randomBytes } = process.getBuiltinModule('node:crypto');
  const macKey = randomBytes(32);
  const remembered = new Map<string, Promise<boolean>>();
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  function compareInTurn(password: string, hash: string): Promise<boolean> {
    waiting += 1;
    const turn = last
      .then(() => compare(password, hash))
      .finally(() => {
        waiting -= 1;
      });
    last = turn.catch(() => false); // the request that asked hears of it
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
    let answer = remembered.get(key);
    if (answer === undefined) {
      if (waiting >= maxWaiting) return 'busy';
      answer = compareInTurn(password, hash);
      remember(key, answer);
    }
    const isRight = await answer;
    return isRight && known !== undefined ? 'ok' : 'refused';
  }

  function remember(key: string, answer: Promise<boolean>): void {
    const [oldest] = remembered.keys();
    if (remembered.size >= maxRemembered && oldest !== undefined) remembered.delete(oldest);
    remembered.set(key, answer);
    answer.catch(() => remembered.delete(key));
  }

  return { check };
}

/** Source: RFC 7617; undefined when the header is absent or of another kind. */
export function parseBasicCredentials(
  header: string | undefined,
): { readonly user: string; readonly password: string } | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
