/**
 * The picker of a variable with options: a list with a search.
 * Enter or a click selects one option and closes the list. Space or a click on a checkbox adds an option, which is applied
 * when the list closes. Escape discards the changes.
 */

import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../components/icon.tsx';
import { MenuButton } from '../components/menu-button.tsx';
import type { QueryVariable, VariableValue } from '../dashboard/model.ts';
import { findOptions } from './find-options.ts';

interface VariablePickerProps {
  readonly variable: QueryVariable;
  /** Undefined until evaluated. */
  readonly chosen: VariableValue | undefined;
  readonly isOpen: boolean;
  readonly onToggle: (isOpen: boolean) => void;
  /** `$__all` selects all. */
  readonly onChoose: (values: readonly string[]) => void;
}

export function VariablePicker({ variable, chosen, isOpen, onToggle, onChoose }: VariablePickerProps) {
  const label = labelOf(variable);
  const text = textOf(chosen);
  const face = (
    <>
      {variable.name === 'instance' ? <Icon name="server" /> : null}
      <span class="variable-label">{label}</span> <span class="variable-value">{text}</span>
      <Icon name="down" />
    </>
  );
  return (
    <MenuButton label={`${label} ${text}`} face={face} isOpen={isOpen} onToggle={onToggle}>
      <OptionList
        label={label}
        options={chosen?.options ?? []}
        selected={chosen?.selected ?? []}
        isMulti={variable.multi}
        hasAll={variable.includeAll}
        onChoose={onChoose}
        onDone={() => onToggle(false)}
      />
    </MenuButton>
  );
}

/** Prometheus' label `instance` is a host on this page. */
function labelOf({ name, label }: QueryVariable): string {
  return name === 'instance' ? 'Host' : label;
}

function textOf(chosen: VariableValue | undefined): string {
  if (chosen === undefined) return '…';
  const { selected } = chosen;
  if (selected === 'all') return 'all';
  const [first = 'none'] = selected;
  return selected.length > 1 ? `${first} + ${selected.length - 1}` : first;
}

interface OptionListProps {
  readonly label: string;
  readonly options: readonly string[];
  readonly selected: 'all' | readonly string[];
  readonly isMulti: boolean;
  readonly hasAll: boolean;
  readonly onChoose: (values: readonly string[]) => void;
  readonly onDone: () => void;
}

const all = '$__all';

function OptionList({ label, options, selected, isMulti, hasAll, onChoose, onDone }: OptionListProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [search, setSearch] = useState('');
  const [at, setAt] = useState(() => firstAt({ options, selected, hasAll }));
  const [marked, setMarked] = useState<readonly string[]>(selected === 'all' ? [all] : selected);
  const { shown, more } = findOptions(options, { search, first: hasAll && search === '' ? [all] : [] });
  const left = useRef<(() => void) | undefined>(undefined);
  // a layout effect, so that the next key already goes to the field
  useLayoutEffect(() => field.current?.focus(), []);
  useEffect(() => document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' }), [at]);
  useEffect(() => () => left.current?.(), []);

  const take = (values: readonly string[]) => {
    left.current = undefined;
    onChoose(values);
    onDone();
  };
  const mark = (option: string) => {
    const others = marked.filter((each) => each !== option && each !== all);
    const next =
      option === all || (marked.includes(option) && others.length === 0)
        ? [hasAll ? all : option]
        : marked.includes(option)
          ? others
          : [...others, option];
    setMarked(next);
    left.current = () => onChoose(next);
  };
  const keys = (event: KeyboardEvent) => {
    const option = shown[at];
    if (event.key === 'ArrowDown') setAt(Math.min(at + 1, shown.length - 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(at - 1, 0));
    else if (event.key === 'Enter' && option !== undefined) take([option]);
    else if (event.key === ' ' && isMulti && option !== undefined) mark(option);
    else if (event.key === 'Escape') left.current = undefined;
    else return;
    if (event.key !== 'Escape') event.preventDefault();
  };

  return (
    <div class="options" onKeyDown={keys}>
      <div class="options-search">
        <Icon name="search" />
        <input
          ref={field}
          role="combobox"
          aria-label={`Search ${label}`}
          aria-expanded="true"
          aria-controls={id}
          aria-autocomplete="list"
          aria-activedescendant={shown.length === 0 ? undefined : `${id}-${at}`}
          placeholder={`Search ${options.length} options`}
          value={search}
          spellcheck={false}
          autocomplete="off"
          onInput={(event) => {
            setSearch(event.currentTarget.value);
            setAt(0);
          }}
        />
      </div>
      <ul id={id} role="listbox" aria-label={label} aria-multiselectable={isMulti}>
        {shown.map((option, index) => (
          <li
            key={option}
            id={`${id}-${index}`}
            role="option"
            aria-selected={marked.includes(option)}
            class={index === at ? 'active' : undefined}
            onPointerMove={() => setAt(index)}
            onClick={() => take([option])}
          >
            {isMulti ? (
              <span
                class="box"
                onClick={(event) => {
                  event.stopPropagation();
                  mark(option);
                }}
              >
                <Icon name="check" />
              </span>
            ) : null}
            <span>{option === all ? 'All' : option}</span>
          </li>
        ))}
      </ul>
      {shown.length === 0 ? <p class="options-more">No match for “{search}”</p> : null}
      {more > 0 ? <p class="options-more">{more} more: type to search</p> : null}
      {isMulti ? <p class="options-more">Click selects one. Checkbox or Space selects several.</p> : null}
    </div>
  );
}

/** Returns the index of the selected option. */
function firstAt({ options, selected, hasAll }: Pick<OptionListProps, 'options' | 'selected' | 'hasAll'>): number {
  if (selected === 'all') return 0;
  const index = findOptions(options, { search: '', first: hasAll ? [all] : [] }).shown.indexOf(selected[0] ?? '');
  return Math.max(index, 0);
}
