/** One variable of a dashboard that has options: a list with a search. */
import type { QueryVariable } from '../../common/dashboard/model.ts';
import type { Chosen } from '../../common/dashboard/selection.ts';
import { Icon } from '../components/icon.tsx';
import { MenuButton } from '../components/menu-button.tsx';
import { OptionList } from './option-list.tsx';

export interface VariablePickerProps {
  readonly variable: QueryVariable;
  /** Undefined until its options are known. */
  readonly chosen: Chosen | undefined;
  readonly isOpen: boolean;
  readonly onToggle: (isOpen: boolean) => void;
  /** `$__all` is all. */
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

/** People say host where Prometheus says instance. */
function labelOf({ name, label }: QueryVariable): string {
  return name === 'instance' ? 'Host' : label;
}

function textOf(chosen: Chosen | undefined): string {
  if (chosen === undefined) return '…';
  const { selected } = chosen;
  if (selected === 'all') return 'all';
  const [first = 'none'] = selected;
  return selected.length > 1 ? `${first} + ${selected.length - 1}` : first;
}
