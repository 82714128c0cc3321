/** Renders the toolbar of a dashboard: title, variables, time range and refresh. */
import { useState } from 'preact/hooks';
import { type Dashboard, type Selection, type TimeRange } from '../dashboard/model.ts';
import type { ViewState } from '../dashboard/view-state.ts';
import { useServices, useShortcuts } from '../hooks/services.ts';
import { RangePicker } from './range-picker.tsx';
import { RefreshControl } from './refresh-control.tsx';
import { TextVariables } from './text-variables.tsx';
import { VariablePicker } from './variable-picker.tsx';

interface ToolbarProps {
  readonly title: string;
  readonly dashboard: Dashboard;
  readonly state: ViewState;
  readonly selection: Selection | undefined;
  readonly range: TimeRange;
  readonly onRefresh: () => void;
}

export function Toolbar({ title, dashboard, state, selection, range, onRefresh }: ToolbarProps) {
  const { navigation } = useServices();
  /** Name of the open picker: a variable's name, `texts` or `range`. */
  const [open, setOpen] = useState<string | undefined>(undefined);
  const openOnly = (name: string) => (isOpen: boolean) =>
    setOpen((before) => (isOpen ? name : before === name ? undefined : before));
  const choices = dashboard.variables.flatMap((each) => (each.type === 'query' && !each.hidden ? [each] : []));
  const texts = dashboard.variables.flatMap((each) => (each.type === 'textbox' && !each.hidden ? [each] : []));
  useShortcuts([
    { keys: 't', label: 'Time range', run: () => setOpen('range') },
    { keys: '/', label: 'Search hosts', run: () => setOpen('instance') },
  ]);
  return (
    <div class="toolbar">
      <h1 title={title}>{title}</h1>
      <div class="toolbar-variables">
        {choices.map((variable) => (
          <VariablePicker
            key={variable.name}
            variable={variable}
            chosen={selection?.get(variable.name)}
            isOpen={open === variable.name}
            onToggle={openOnly(variable.name)}
            onChoose={(values) => navigation.change({ [`var-${variable.name}`]: values })}
          />
        ))}
        {texts.length === 0 ? null : (
          <TextVariables
            variables={texts}
            selection={selection}
            isOpen={open === 'texts'}
            onToggle={openOnly('texts')}
            onChoose={(name, value) => navigation.change({ [`var-${name}`]: value })}
          />
        )}
      </div>
      <div class="toolbar-time">
        <RangePicker
          state={state}
          range={range}
          isOpen={open === 'range'}
          onToggle={openOnly('range')}
          onChoose={({ from, to }) => navigation.change({ from, to })}
        />
        <RefreshControl state={state} onRefresh={onRefresh} />
      </div>
    </div>
  );
}
