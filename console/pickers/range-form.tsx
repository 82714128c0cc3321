/** Any range: each end as a date and time, or relative as `now-2h`. */
import { useState } from 'preact/hooks';
import { resolveTime } from '../../common/dashboard/range.ts';
import { type RangeTexts, timeText, tryTypedTime } from '../dashboard/range-words.ts';

export interface RangeFormProps {
  /** Unique in the document. */
  readonly id: string;
  readonly state: RangeTexts;
  readonly onChoose: (range: RangeTexts) => void;
}

const expected = 'expected a date and time such as 2026-03-01 12:00:00, or now, or now-2h';

export function RangeForm({ id, state, onChoose }: RangeFormProps) {
  const [typed, setTyped] = useState({ from: timeText(state.from), to: timeText(state.to) });
  const [problems, setProblems] = useState<Partial<RangeTexts>>({});

  const apply = (event: Event) => {
    event.preventDefault();
    const nowMs = Date.now();
    const from = tryTypedTime(typed.from, nowMs);
    const to = tryTypedTime(typed.to, nowMs);
    if (from === undefined || to === undefined)
      return setProblems({
        ...(from === undefined ? { from: expected } : {}),
        ...(to === undefined ? { to: expected } : {}),
      });
    if (resolveTime(from, nowMs) >= resolveTime(to, nowMs))
      return setProblems({ to: 'expected a time after the first' });
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
      <button class="primary">Show</button>
    </form>
  );
}
