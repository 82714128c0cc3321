/** When a silence ends: a while by a button, or anything that one types. */
import { Field } from '../components/field.tsx';
import { formatSpan } from '../format/durations.ts';
import { formatTime } from '../format/times.ts';
import { spans } from './end.ts';

export interface EndFieldProps {
  readonly value: string;
  readonly startMs: number | undefined;
  /** As understood; undefined: it is not. */
  readonly endMs: number | undefined;
  /** The silence lasts already: its end moves, in place of a new while. */
  readonly extends?: 'extends';
  readonly fault: string | undefined;
  readonly onChange: (value: string) => void;
}

export function EndField({ value, startMs, endMs, extends: isExtending, fault, onChange }: EndFieldProps) {
  const pick = (ms: number, label: string) =>
    onChange(
      isExtending === undefined ? label.replace(' min', 'm').replace(' ', '') : formatTime((endMs ?? Date.now()) + ms),
    );
  const hint =
    endMs === undefined || startMs === undefined
      ? 'A while such as 2h or 1h30m, or a time such as 2026-03-01 12:00'
      : `Until ${formatTime(endMs)}, ${formatSpan(Math.max(0, endMs - startMs))} in all`;
  return (
    <div class="end-field">
      <div class="button-group wrapping" role="group" aria-label={isExtending === undefined ? 'Lasts' : 'Extend by'}>
        {spans.map(({ label, ms }) => (
          <button
            key={label}
            type="button"
            aria-pressed={isExtending === undefined && startMs !== undefined && endMs === startMs + ms}
            onClick={() => pick(ms, label)}
          >
            {isExtending === undefined ? label : `+${label}`}
          </button>
        ))}
      </div>
      <Field label="Ends after, or at" hint={hint} fault={fault}>
        {(input) => (
          <input
            {...input}
            value={value}
            autocomplete="off"
            onInput={({ currentTarget }) => onChange(currentTarget.value)}
          />
        )}
      </Field>
    </div>
  );
}
