/** Says that the gateway is gone, for as long as it is; what was drawn before stays below. */
import { useStore } from '../../hooks/store.ts';
import { useServices } from '../../services.ts';
import { Icon } from '../icon.tsx';

export function Banner() {
  const { connection } = useServices();
  const isGone = useStore(connection.isGone);
  return (
    <div class="banner-place" role="status" aria-live="polite">
      {isGone ? (
        <div class="banner">
          <Icon name="warning" /> The gateway does not answer. What you see is from before; the page goes on by itself
          as soon as it is back.
        </div>
      ) : null}
    </div>
  );
}
