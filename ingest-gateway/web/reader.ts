/** Who asks for what only the page needs: its session, or a key that may read. */
import type { Request } from 'express';
import { authorize, type Principal } from '../../common/http/auth.ts';
import { guardedCredentials } from '../auth/credential-guard.ts';
import type { Services } from '../services.ts';

/** Throws 401 and 403 as the API does. */
export type ReaderOf = (request: Request) => Promise<Principal>;

export function createReaderOf({ credentials, credentialGuard }: Services): ReaderOf {
  return ({ headers, socket }) =>
    authorize(headers, 'read', guardedCredentials(credentials, credentialGuard, socket.remoteAddress));
}
