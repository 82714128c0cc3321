/** Renders text variables of a dashboard, behind one button because they rarely change. */
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../components/icon.tsx';
import { MenuButton } from '../components/menu-button.tsx';
import type { Selection, TextVariable } from '../dashboard/model.ts';

interface TextVariablesProps {
  readonly variables: readonly TextVariable[];
  readonly selection: Selection | undefined;
  readonly isOpen: boolean;
  readonly onToggle: (isOpen: boolean) => void;
  readonly onChoose: (name: string, value: string) => void;
}

export function TextVariables({ variables, selection, isOpen, onToggle, onChoose }: TextVariablesProps) {
  const valueOf = ({ name, defaultValue }: TextVariable) => {
    const selected = selection?.get(name)?.selected;
    return selected === undefined || selected === 'all' ? defaultValue : (selected[0] ?? '');
  };
  const changed = variables.filter((each) => valueOf(each) !== each.defaultValue).length;
  const face = (
    <>
      <Icon name="filter" />
      <span>Filters{changed === 0 ? '' : ` (${changed} changed)`}</span>
    </>
  );
  return (
    <MenuButton label="Filters" face={face} isOpen={isOpen} onToggle={onToggle}>
      <div class="text-variables">
        {variables.map((variable, index) => (
          <TextField
            key={`${variable.name} ${valueOf(variable)}`}
            variable={variable}
            value={valueOf(variable)}
            isFirst={index === 0}
            onChoose={(value) => onChoose(variable.name, value)}
          />
        ))}
      </div>
    </MenuButton>
  );
}

interface TextFieldProps {
  readonly variable: TextVariable;
  readonly value: string;
  readonly isFirst: boolean;
  readonly onChoose: (value: string) => void;
}

function TextField({ variable: { label, defaultValue }, value, isFirst, onChoose }: TextFieldProps) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [typed, setTyped] = useState(value);
  useLayoutEffect(() => {
    if (isFirst) field.current?.focus();
  }, []);
  const apply = (event: Event) => {
    event.preventDefault();
    onChoose(typed.trim());
  };
  return (
    <form onSubmit={apply}>
      <div class="field">
        <label for={id}>{label} (regular expression)</label>
        <textarea
          id={id}
          ref={field}
          rows={4}
          value={typed}
          spellcheck={false}
          onInput={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') apply(event);
          }}
        />
      </div>
      <div class="buttons">
        <button class="primary" disabled={typed.trim() === value}>
          Apply
        </button>
        {value === defaultValue ? null : (
          <button type="button" onClick={() => onChoose(defaultValue)}>
            Reset
          </button>
        )}
      </div>
    </form>
  );
}
