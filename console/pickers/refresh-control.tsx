/** Refresh now; go on by itself, or pause. */
import { Icon } from '../components/icon.tsx';
import { type ViewState, withRefresh } from '../dashboard/view-state.ts';
import { useShortcuts } from '../hooks/use-shortcuts.ts';
import { useServices } from '../services.ts';

export interface RefreshControlProps {
  readonly state: Pick<ViewState, 'refreshMs'>;
  readonly onRefresh: () => void;
}

export function RefreshControl({ state: { refreshMs }, onRefresh }: RefreshControlProps) {
  const { navigation } = useServices();
  const isPaused = refreshMs === undefined;
  const words = isPaused ? 'Paused' : `${refreshMs / 1_000} s`;
  const toggle = () => {
    const query = navigation.place.get().query;
    navigation.setQuery(withRefresh(query, isPaused ? '10s' : undefined), 'replace');
    if (isPaused) onRefresh();
  };
  useShortcuts([
    { keys: 'r', label: 'Refresh now', run: onRefresh },
    { keys: 'p', label: 'Pause, or go on refreshing', run: toggle },
  ]);
  return (
    <div class="button-group">
      <button type="button" onClick={onRefresh} aria-label="Refresh now" title="Refresh now (r)">
        <Icon name="refresh" />
      </button>
      <button
        type="button"
        aria-pressed={!isPaused}
        aria-label={`Refresh by itself: ${words}`}
        title={isPaused ? 'Paused; go on (p)' : 'Pause (p)'}
        onClick={toggle}
      >
        <Icon name={isPaused ? 'play' : 'pause'} />
        <span class="refresh-words">{words}</span>
      </button>
    </div>
  );
}
