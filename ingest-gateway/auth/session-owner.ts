/** Which sessions of the page a caller may list and end. */
import type { Principal } from '../../common/http/auth.ts';
import { hasScope } from './credentials.ts';

/** Returns the name of the key whose sessions the caller may see; none for an administrator, who sees all. */
export function ownSessionsOf(principal: Principal | undefined): { readonly keyName?: string } {
  if (principal !== undefined && hasScope(principal, 'admin')) return {};
  return { keyName: principal === undefined || principal.kind === 'jwt' ? '' : principal.name };
}
