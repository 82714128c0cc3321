/** Renders filters of the alert lists: state, severity, host, rule and time. The address holds their values. */
import { useId, useState } from 'preact/hooks';
import { quickRanges } from '../../common/dashboard/conventions.ts';
import type { ActiveAlert, Episode } from '../api/alerts.ts';
import { Suggestions } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { timeText, tryParseTypedTime } from '../dashboard/view-state.ts';
import { useGet } from '../hooks/services.ts';
import { type Filters, isFiltered } from './filters.ts';

interface FilterBarProps {
  readonly filters: Filters;
  readonly hosts: readonly string[];
  readonly rules: readonly string[];
  readonly onChange: (changes: Partial<Filters>) => void;
}

const none: Partial<Filters> = {
  state: undefined,
  severity: [],
  host: [],
  rule: [],
  from: undefined,
  to: undefined,
};

export function FilterBar({ filters, hosts, rules, onChange }: FilterBarProps) {
  return (
    <div class="filters" role="group" aria-label="Filters">
      <Choice
        label="State"
        options={['firing', 'resolved']}
        chosen={filters.state === undefined ? [] : [filters.state]}
        onToggle={(value) =>
          onChange({ state: filters.state === value ? undefined : (value as 'firing' | 'resolved') })
        }
      />
      <Choice
        label="Severity"
        options={['critical', 'warning', 'info']}
        chosen={filters.severity}
        onToggle={(value) => onChange({ severity: toggled(filters.severity, value) })}
      />
      <Names label="Host" names={hosts} chosen={filters.host} onChange={(host) => onChange({ host })} />
      <Names label="Rule" names={rules} chosen={filters.rule} onChange={(rule) => onChange({ rule })} />
      <TimeFilter filters={filters} onChange={onChange} />
      {isFiltered(filters) ? (
        <button type="button" class="plain" onClick={() => onChange(none)}>
          <Icon name="close" /> Clear filters
        </button>
      ) : null}
    </div>
  );
}

function toggled(chosen: readonly string[], value: string): readonly string[] {
  return chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value];
}

interface ChoiceProps {
  readonly label: string;
  readonly options: readonly string[];
  readonly chosen: readonly string[];
  readonly onToggle: (value: string) => void;
}

function Choice({ label, options, chosen, onToggle }: ChoiceProps) {
  return (
    <div class="button-group" role="group" aria-label={label}>
      {options.map((value) => (
        <button key={value} type="button" aria-pressed={chosen.includes(value)} onClick={() => onToggle(value)}>
          {value}
        </button>
      ))}
    </div>
  );
}

interface NamesProps {
  readonly label: string;
  /** Suggestions. */
  readonly names: readonly string[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}

function Names({ label, names, chosen, onChange }: NamesProps) {
  const id = useId();
  const [text, setText] = useState('');
  const take = (name: string) => {
    setText('');
    if (name !== '' && !chosen.includes(name)) onChange([...chosen, name]);
  };
  return (
    <div class="names">
      {chosen.map((name) => (
        <button
          key={name}
          type="button"
          class="chosen"
          aria-label={`Remove filter ${label} ${name}`}
          onClick={() => onChange(chosen.filter((each) => each !== name))}
        >
          {name} <Icon name="close" />
        </button>
      ))}
      <input
        aria-label={label}
        placeholder={chosen.length === 0 ? `Any ${label.toLowerCase()}` : 'Add another'}
        list={id}
        value={text}
        size={14}
        onInput={({ currentTarget: { value } }) => (names.includes(value) ? take(value) : setText(value))}
        onKeyDown={(event) => {
          if (event.key === 'Enter') take(text.trim());
        }}
        onBlur={() => take(text.trim())}
      />
      <Suggestions id={id} values={names} />
    </div>
  );
}

const anyTime = 'any';
const free = 'free';

function TimeFilter({ filters, onChange }: Pick<FilterBarProps, 'filters' | 'onChange'>) {
  const { from, to } = filters;
  const isQuick = (to === undefined || to === 'now') && quickRanges.some((each) => each.from === from);
  const isAny = from === undefined && to === undefined;
  const [isFree, setFree] = useState(false);
  const value = isFree ? free : isAny ? anyTime : isQuick ? (from as string) : free;
  const pick = (picked: string) => {
    setFree(picked === free);
    if (picked === free) return;
    onChange({ from: picked === anyTime ? undefined : picked, to: undefined });
  };
  return (
    <div class="names">
      <select aria-label="Time" value={value} onChange={({ currentTarget }) => pick(currentTarget.value)}>
        <option value={anyTime}>Any time</option>
        {quickRanges.map(({ label, from: start }) => (
          <option key={start} value={start}>
            {label}
          </option>
        ))}
        <option value={free}>Custom range</option>
      </select>
      {value === free ? (
        <>
          <TimeInput label="From" value={from} onTake={(time) => onChange({ from: time })} />
          <TimeInput label="To" value={to} onTake={(time) => onChange({ to: time })} />
        </>
      ) : null}
    </div>
  );
}

interface TimeInputProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly onTake: (time: string | undefined) => void;
}

/** Accepts `2026-03-01 12:00`, `now-2h` and `2h`. An invalid time stays in the field, marked as invalid. */
function TimeInput({ label, value, onTake }: TimeInputProps) {
  const [text, setText] = useState<string | undefined>(undefined);
  const shown = text ?? (value === undefined ? '' : timeText(value));
  const take = () => {
    if (text === undefined) return;
    const time = text.trim() === '' ? undefined : tryParseTypedTime(text, Date.now());
    if (text.trim() !== '' && time === undefined) return;
    setText(undefined);
    onTake(time);
  };
  const isWrong = text !== undefined && text.trim() !== '' && tryParseTypedTime(text, Date.now()) === undefined;
  return (
    <input
      aria-label={label}
      placeholder={label === 'From' ? '2026-03-01 12:00' : 'now'}
      value={shown}
      size={18}
      aria-invalid={isWrong ? 'true' : undefined}
      title="2026-03-01 12:00, now-2h, or 2h for two hours ago"
      onInput={({ currentTarget }) => setText(currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') take();
      }}
      onBlur={take}
    />
  );
}

/** Returns the suggestions of the host field and of the rule field. */
export function useNames(active: readonly ActiveAlert[] = [], history: readonly Episode[] = []) {
  const all = [...active, ...history];
  return {
    hosts: sorted([...useHosts(), ...all.map(({ host }) => host)]),
    rules: sorted(all.map(({ rule }) => rule)),
  };
}

/** Returns the names of the hosts. Empty until loaded. */
function useHosts(): readonly string[] {
  const { data } = useGet<{ readonly hosts: readonly { readonly host: string }[] }>('/api/v1/hosts');
  return data?.hosts.map(({ host }) => host) ?? [];
}

function sorted(names: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(names.filter((each) => each !== undefined))].sort();
}
