/** The contract of authorization: a credential identifies a principal, whose scopes and host permit a call. */

export type Scope = 'push' | 'read' | 'admin';
export const scopes: readonly Scope[] = ['push', 'read', 'admin'];

/** An authenticated caller. */
export interface Principal {
  readonly kind: 'key' | 'jwt' | 'session';
  /** Identifies the caller in logs; not secret. */
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The only host whose data the caller may push or read. Absent: all hosts. */
  readonly host?: string;
}

/** Finds principals by token. `findKey` takes API keys and JWTs. Undefined for a token that is unknown, expired, used or revoked. */
export interface CredentialStore {
  findKey(token: string): Promise<Principal | undefined>;
  findSession(token: string): Promise<Principal | undefined>;
}
