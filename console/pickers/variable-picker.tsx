/**
 * Renders the picker of a variable with options: a list with a search.
 * Enter or a click selects one option and closes the list. Space or a click on a checkbox marks an option; marked options
 * are applied by Enter or when the list closes. Escape discards them.
 */
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../components/icon.tsx';
import { MenuButton } from '../components/menu-button.tsx';
import type { QueryVariable, VariableValue } from '../dashboard/model.ts';
import { activeIndex, allOption, entered, initialState, listedOptions, moved, toggled } from './option-list-state.ts';

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
        options={chosen?.options}
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
  /** Undefined until evaluated. */
  readonly options: readonly string[] | undefined;
  readonly selected: 'all' | readonly string[];
  readonly isMulti: boolean;
  readonly hasAll: boolean;
  readonly onChoose: (values: readonly string[]) => void;
  readonly onDone: () => void;
}

function OptionList({ label, options, selected, isMulti, hasAll, onChoose, onDone }: OptionListProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [state, setState] = useState(() => initialState(selected));
  const { search, marked } = state;
  const { shown, more } = listedOptions(options ?? [], hasAll, state);
  const at = activeIndex(shown, state);
  /** Applies the marked options when the list closes. */
  const left = useRef<(() => void) | undefined>(undefined);
  left.current = state.isChanged ? () => onChoose(marked) : undefined;
  const closing = useRef(left);
  // a layout effect, so that the next key already goes to the field
  useLayoutEffect(() => field.current?.focus(), []);
  useEffect(() => document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' }), [at]);
  useEffect(() => () => closing.current.current?.(), []);

  const take = (values: readonly string[]) => {
    closing.current = { current: undefined };
    // Focus returns to the button, so that the keyboard continues there.
    field.current?.closest('.menu')?.querySelector('button')?.focus();
    onChoose(values);
    onDone();
  };
  const mark = (option: string) => setState(toggled(state, option, hasAll));
  const keys = (event: KeyboardEvent) => {
    if (event.isComposing) return; // Enter ends the composition of a syllable
    const option = shown[at];
    if (event.key === 'ArrowDown') setState(moved(state, shown, 1));
    else if (event.key === 'ArrowUp') setState(moved(state, shown, -1));
    else if (event.key === 'Enter') {
      const values = entered(state, { shown, isLoaded: options !== undefined });
      if (values !== undefined) take(values);
    } else if (event.key === ' ' && isMulti && option !== undefined) mark(option);
    else if (event.key === 'Escape') closing.current = { current: undefined };
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
          placeholder={options === undefined ? 'Loading options' : `Search ${options.length} options`}
          value={search}
          spellcheck={false}
          autocomplete="off"
          onInput={({ currentTarget: { value } }) => setState({ ...state, search: value, active: undefined })}
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
            onPointerMove={(event) => {
              // Browsers also report a move when the list scrolls below a pointer at rest.
              if (event.movementX !== 0 || event.movementY !== 0) setState({ ...state, active: option });
            }}
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
            <span>{option === allOption ? 'All' : option}</span>
          </li>
        ))}
      </ul>
      {shown.length === 0 && options !== undefined ? <p class="options-more">No match for “{search}”</p> : null}
      {more > 0 ? <p class="options-more">{more} more: type to search</p> : null}
      {isMulti ? <p class="options-more">Click selects one. Checkbox or Space selects several.</p> : null}
    </div>
  );
}
