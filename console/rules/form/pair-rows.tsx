/** Names with values, a row each: labels, annotations. */
import { Icon } from '../../components/icon.tsx';
import type { Pair } from './draft.ts';

export interface PairRowsProps {
  /** What they are: one of them. */
  readonly label: string;
  readonly pairs: readonly Pair[];
  readonly fault: string | undefined;
  readonly onChange: (pairs: readonly Pair[]) => void;
}

export function PairRows({ label, pairs, fault, onChange }: PairRowsProps) {
  return (
    <div class="pairs" role="group" aria-label={`${label}s`}>
      {pairs.map(([name, value], index) => (
        <div class="pair-row" key={index}>
          <input
            aria-label={`${label} ${index + 1}, name`}
            placeholder="name"
            value={name}
            spellcheck={false}
            onInput={({ currentTarget }) => onChange(pairs.with(index, [currentTarget.value, value]))}
          />
          <input
            aria-label={`${label} ${index + 1}, value`}
            placeholder="value"
            value={value}
            onInput={({ currentTarget }) => onChange(pairs.with(index, [name, currentTarget.value]))}
          />
          <button
            type="button"
            class="plain"
            aria-label={`Remove ${label.toLowerCase()} ${index + 1}`}
            onClick={() => onChange(pairs.filter((_, at) => at !== index))}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
      {fault === undefined ? null : (
        <p class="field-problem" role="alert">
          {fault}
        </p>
      )}
      <button type="button" onClick={() => onChange([...pairs, ['', '']])}>
        <Icon name="plus" /> {label}
      </button>
    </div>
  );
}
