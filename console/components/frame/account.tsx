/** Who is logged in, and the way out. */
import { useState } from 'preact/hooks';
import { linkSessionName } from '../../../common/page/paths.ts';
import { type Session, useSession } from '../../api/session.ts';
import { Icon } from '../icon.tsx';
import { MenuButton } from '../menu-button.tsx';

/** `by link (admin)`, `by the key grafana (read)`. */
function identityOf({ name, may_write: mayWrite }: Session): string {
  const by = name === linkSessionName ? 'by link' : `by the key ${name}`;
  return `${by} (${mayWrite ? 'admin' : 'read'})`;
}

export function Account() {
  const session = useSession();
  const [isOpen, setOpen] = useState(false);
  return (
    <MenuButton label="Account" face={<Icon name="user" />} isOpen={isOpen} onToggle={setOpen} align="end">
      <dl class="account">
        <dt>Signed in</dt>
        <dd>{session === undefined ? '...' : identityOf(session)}</dd>
        <dt>May</dt>
        <dd>{session?.may_write === true ? 'read and change' : 'read'}</dd>
        <dt>Gateway</dt>
        <dd>{session?.version ?? '...'}</dd>
      </dl>
      <a href="/docs">The API</a>
      <form method="post" action="/logout">
        <button>Log out</button>
      </form>
    </MenuButton>
  );
}
