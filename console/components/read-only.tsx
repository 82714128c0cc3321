/** Why a form cannot be used by this session. */
import { Icon } from './icon.tsx';

export function ReadOnly({ what }: { readonly what: string }) {
  return (
    <div class="note" role="note">
      <Icon name="lock" />
      <p>
        This session may read, not change {what}. Log in with a key that has the scope <code>admin</code>, or by the
        link that <code>hostpulse key login-link</code> prints.
      </p>
    </div>
  );
}
