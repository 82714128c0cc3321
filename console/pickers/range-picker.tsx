/** The time range: quick ones, or any from and to; with ways to zoom out and back. */
import { useId, useState } from 'preact/hooks';
import type { TimeRange } from '../../common/dashboard/interval.ts';
import { quickRanges } from '../../common/dashboard/range.ts';
import { Icon } from '../components/icon.tsx';
import { MenuButton } from '../components/menu-button.tsx';
import { type RangeTexts, rangeTitle, zoomedOut } from '../dashboard/range-words.ts';
import { useShortcuts } from '../hooks/use-shortcuts.ts';
import { useServices } from '../services.ts';
import { RangeForm } from './range-form.tsx';
import { useListKeys } from './use-list-keys.ts';

export interface RangePickerProps {
  readonly state: RangeTexts;
  readonly range: TimeRange;
  readonly isOpen: boolean;
  readonly onToggle: (isOpen: boolean) => void;
  readonly onChoose: (range: RangeTexts) => void;
}

export function RangePicker({ state, range, isOpen, onToggle, onChoose }: RangePickerProps) {
  const { navigation } = useServices();
  const zoomOut = () => onChoose(zoomedOut(range, Date.now()));
  useShortcuts([
    { keys: 'z', label: 'Zoom out: twice the time', run: zoomOut },
    { keys: 'b', label: 'Back to the range before', run: () => navigation.back() },
  ]);
  const choose = (next: RangeTexts) => {
    onToggle(false);
    onChoose(next);
  };
  const face = (
    <>
      <Icon name="clock" />
      <span>{rangeTitle(state)}</span>
      <Icon name="down" />
    </>
  );
  return (
    <div class="button-group">
      <MenuButton
        label={`Time range: ${rangeTitle(state)}`}
        face={face}
        isOpen={isOpen}
        onToggle={onToggle}
        align="end"
      >
        <RangePanel state={state} onChoose={choose} />
      </MenuButton>
      <button type="button" onClick={zoomOut} aria-label="Zoom out" title="Zoom out (z)">
        <Icon name="zoom-out" />
      </button>
    </div>
  );
}

function RangePanel({
  state,
  onChoose,
}: {
  readonly state: RangeTexts;
  readonly onChoose: (range: RangeTexts) => void;
}) {
  const id = useId();
  const [first] = useState(() =>
    Math.max(
      quickRanges.findIndex(({ from }) => from === state.from && state.to === 'now'),
      0,
    ),
  );
  const keys = useListKeys(first);
  return (
    <div class="range-panel">
      <ul class="choices" aria-label="Quick ranges" {...keys}>
        {quickRanges.map(({ label, from }) => (
          <li key={from}>
            <button
              type="button"
              aria-pressed={state.from === from && state.to === 'now'}
              onClick={() => onChoose({ from, to: 'now' })}
            >
              {label}
            </button>
          </li>
        ))}
      </ul>
      <RangeForm id={id} state={state} onChoose={onChoose} />
    </div>
  );
}
