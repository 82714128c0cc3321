/** Renders the refresh interval in the address, with the buttons to refresh and to pause. */
import { Icon } from '../components/icon.tsx';
import { parseRefresh, type ViewState } from '../dashboard/view-state.ts';
import { useServices, useShortcuts, useStore } from '../hooks/services.ts';
import { type Now, useNow } from '../hooks/use-now.ts';

interface RefreshControlProps {
  readonly state: Pick<ViewState, 'refreshMs'>;
  readonly onRefresh: () => void;
}

export function RefreshControl({ state: { refreshMs }, onRefresh }: RefreshControlProps) {
  const { navigation } = useServices();
  const isPaused = refreshMs === undefined;
  const text = isPaused ? 'Paused' : `${refreshMs / 1_000} s`;
  const toggle = () => {
    navigation.change({ refresh: isPaused ? '10s' : '' }, 'replace');
    if (isPaused) onRefresh();
  };
  useShortcuts([
    { keys: 'r', label: 'Refresh now', run: onRefresh },
    { keys: 'p', label: 'Pause or resume refresh', run: toggle },
  ]);
  return (
    <div class="button-group">
      <button type="button" onClick={onRefresh} aria-label="Refresh now" title="Refresh now (r)">
        <Icon name="refresh" />
      </button>
      <button
        type="button"
        aria-pressed={!isPaused}
        aria-label={`Auto-refresh: ${text}`}
        title={isPaused ? 'Resume (p)' : 'Pause (p)'}
        onClick={toggle}
      >
        <Icon name={isPaused ? 'play' : 'pause'} />
        <span class="refresh-text">{text}</span>
      </button>
    </div>
  );
}

export interface Refresh extends Now {
  /** Undefined: paused. */
  readonly refreshMs: number | undefined;
}

const usualMs = 10_000;

export function useRefresh(): Refresh {
  const { navigation } = useServices();
  const { query } = useStore(navigation.address);
  const refreshMs = parseRefresh(query.get('refresh'), usualMs);
  return { ...useNow(refreshMs), refreshMs };
}
