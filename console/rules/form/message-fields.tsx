/** What a rule's alerts say, how bad they are, and who hears of them. */
import { type RuleSeverity, severities } from '../../api/rules.ts';
import { Field } from '../../components/field.tsx';
import { ChannelsField } from './channels-field.tsx';
import type { PartProps } from './condition-fields.tsx';
import { PairRows } from './pair-rows.tsx';

export function MessageFields({ draft, faults: { byField }, onChange }: PartProps) {
  return (
    <>
      <div class="field-row">
        <Field label="Severity" fault={byField.severity}>
          {(input) => (
            <select
              {...input}
              value={draft.severity}
              onChange={({ currentTarget }) => onChange({ severity: currentTarget.value as RuleSeverity })}
            >
              {severities.map((severity) => (
                <option key={severity} value={severity}>
                  {severity}
                </option>
              ))}
            </select>
          )}
        </Field>
        <ChannelsField
          value={draft.channels}
          fault={byField.channels}
          onChange={(channels) => onChange({ channels })}
        />
      </div>
      <Field
        label="Summary"
        hint={'One line; {{ $labels.instance }} and {{ $value }} are filled in'}
        fault={byField.summary}
      >
        {(input) => (
          <input
            {...input}
            value={draft.summary}
            onInput={({ currentTarget }) => onChange({ summary: currentTarget.value })}
          />
        )}
      </Field>
      <Field label="Description" hint="What it means, and what to look at first" fault={byField.description}>
        {(input) => (
          <textarea
            {...input}
            rows={2}
            value={draft.description}
            onInput={({ currentTarget }) => onChange({ description: currentTarget.value })}
          />
        )}
      </Field>
      <Field label="Runbook" hint="A URL that messages link to" fault={byField.runbook}>
        {(input) => (
          <input
            {...input}
            type="url"
            value={draft.runbook}
            onInput={({ currentTarget }) => onChange({ runbook: currentTarget.value })}
          />
        )}
      </Field>
      <details
        open={
          draft.labels.length + draft.annotations.length > 0 || (byField.labels ?? byField.annotations) !== undefined
        }
      >
        <summary>More labels and annotations</summary>
        <div class="field-row">
          <PairRows
            label="Label"
            pairs={draft.labels}
            fault={byField.labels}
            onChange={(labels) => onChange({ labels })}
          />
          <PairRows
            label="Annotation"
            pairs={draft.annotations}
            fault={byField.annotations}
            onChange={(annotations) => onChange({ annotations })}
          />
        </div>
      </details>
    </>
  );
}
