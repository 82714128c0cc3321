/** Renders the time range picker: quick ranges, a form for any range, and zooming out. */
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { quickRanges } from '../../common/dashboard/conventions.ts';
import { Icon } from '../components/icon.tsx';
import { MenuButton } from '../components/menu-button.tsx';
import { type TimeRange } from '../dashboard/model.ts';
import {
  type RangeTexts,
  rangeTitle,
  resolveTime,
  timeText,
  tryParseTypedTime,
  zoomedOut,
} from '../dashboard/view-state.ts';
import { useServices, useShortcuts } from '../hooks/services.ts';

interface RangePickerProps {
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
    { keys: 'z', label: 'Zoom out', run: zoomOut },
    { keys: 'b', label: 'Previous time range', run: () => navigation.back() },
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

interface RangeFormProps {
  /** Unique in the document. */
  readonly id: string;
  readonly state: RangeTexts;
  readonly onChoose: (range: RangeTexts) => void;
}

const expected = 'Enter a time such as 2026-03-01 12:00:00, now or now-2h';

function RangeForm({ id, state, onChoose }: RangeFormProps) {
  const [typed, setTyped] = useState({ from: timeText(state.from), to: timeText(state.to) });
  const [problems, setProblems] = useState<Partial<RangeTexts>>({});

  const apply = (event: Event) => {
    event.preventDefault();
    const nowMs = Date.now();
    const from = tryParseTypedTime(typed.from, nowMs);
    const to = tryParseTypedTime(typed.to, nowMs);
    if (from === undefined || to === undefined)
      return setProblems({
        ...(from === undefined ? { from: expected } : {}),
        ...(to === undefined ? { to: expected } : {}),
      });
    if (resolveTime(from, nowMs) >= resolveTime(to, nowMs)) return setProblems({ to: 'Enter a time after the start' });
    onChoose({ from, to });
  };

  const field = (name: 'from' | 'to', label: string) => (
    <div class="field">
      <label for={`${id}-${name}`}>{label}</label>
      <input
        id={`${id}-${name}`}
        value={typed[name]}
        spellcheck={false}
        autocomplete="off"
        aria-invalid={problems[name] !== undefined}
        aria-describedby={problems[name] === undefined ? undefined : `${id}-${name}-problem`}
        onInput={(event) => setTyped({ ...typed, [name]: event.currentTarget.value })}
      />
      {problems[name] === undefined ? null : (
        <span id={`${id}-${name}-problem`} class="field-problem">
          {problems[name]}
        </span>
      )}
    </div>
  );
  return (
    <form class="range-form" onSubmit={apply}>
      {field('from', 'From')}
      {field('to', 'To')}
      <button class="primary">Apply</button>
    </form>
  );
}

const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };

/** Returns the props of a list of buttons that the arrow keys move through. Focuses the button at `first` when the list appears. */
function useListKeys(first: number) {
  const list = useRef<HTMLUListElement>(null);
  const buttons = () => [...(list.current?.querySelectorAll('button') ?? [])];
  // a layout effect, so that the next key already finds the focus
  useLayoutEffect(() => buttons()[first]?.focus(), []);
  return {
    ref: list,
    onKeyDown(event: KeyboardEvent) {
      const step = steps[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const all = buttons();
      const at = all.indexOf(document.activeElement as HTMLButtonElement);
      all[Math.min(Math.max(at + step, 0), all.length - 1)]?.focus();
    },
  };
}
