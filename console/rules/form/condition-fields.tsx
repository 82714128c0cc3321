/** Form fields of a rule's condition: metric or PromQL, operator, threshold and duration. */
import { metricByName, metrics } from '../../../common/catalogue/index.ts';
import { tryFormatValue } from '../../alerts/alert-value.ts';
import { type Operator, operators } from '../../api/rules.ts';
import { Field } from '../../components/field.tsx';
import type { RuleDraft, RuleSource } from './draft.ts';
import { markPlace, type RuleFaults } from './faults.ts';

export interface RuleFieldsProps {
  readonly draft: RuleDraft;
  readonly faults: RuleFaults;
  readonly onChange: (changes: Partial<RuleDraft>) => void;
}

const sources: Readonly<Record<RuleSource, string>> = { metric: 'Metric', expr: 'PromQL' };

export function ConditionFields({ draft, faults, onChange }: RuleFieldsProps) {
  const { byField, place } = faults;
  const isMetric = draft.source === 'metric';
  const unit = isMetric ? metricByName(draft.metric)?.unit : undefined;
  const threshold = draft.threshold.trim() === '' ? undefined : tryFormatValue(Number(draft.threshold), unit);
  return (
    <>
      <div class="button-group" role="group" aria-label="Condition type">
        {(['metric', 'expr'] as const).map((source) => (
          <button
            key={source}
            type="button"
            aria-pressed={draft.source === source}
            onClick={() =>
              onChange({ source, operator: draft.operator === '' && source === 'metric' ? '>' : draft.operator })
            }
          >
            {sources[source]}
          </button>
        ))}
      </div>
      {isMetric ? (
        <MetricField value={draft.metric} fault={byField.metric} onChange={(metric) => onChange({ metric })} />
      ) : (
        <Field
          label="Expression (PromQL)"
          hint="Leave out the comparison if you set a threshold below. Messages then include the value."
          fault={
            place === undefined || byField.expr === undefined
              ? byField.expr
              : `${byField.expr}\n${markPlace(draft.expr, place)}`
          }
        >
          {(input) => (
            <textarea
              {...input}
              class="code"
              rows={3}
              spellcheck={false}
              value={draft.expr}
              onInput={({ currentTarget }) => onChange({ expr: currentTarget.value })}
            />
          )}
        </Field>
      )}
      <div class="field-row">
        <Field label="Operator" fault={byField.operator}>
          {(input) => (
            <select
              {...input}
              value={draft.operator}
              onChange={({ currentTarget }) => onChange({ operator: currentTarget.value as Operator | '' })}
            >
              {isMetric ? null : <option value="">(in the expression)</option>}
              {operators.map((operator) => (
                <option key={operator} value={operator}>
                  {operator}
                </option>
              ))}
            </select>
          )}
        </Field>
        {draft.operator === '' ? null : (
          <Field
            label={unit === undefined ? 'Threshold' : `Threshold (${unit})`}
            hint={threshold !== undefined && unit?.startsWith('bytes') ? `= ${threshold}` : undefined}
            fault={byField.threshold}
          >
            {(input) => (
              <input
                {...input}
                inputMode="decimal"
                value={draft.threshold}
                onInput={({ currentTarget }) => onChange({ threshold: currentTarget.value })}
              />
            )}
          </Field>
        )}
        <Field label="For" hint="Such as 5m or 1h30m. Empty: fires at once." fault={byField.for}>
          {(input) => (
            <input
              {...input}
              value={draft.for}
              onInput={({ currentTarget }) => onChange({ for: currentTarget.value })}
            />
          )}
        </Field>
      </div>
      {isMetric ? <SelectorFields draft={draft} faults={faults} onChange={onChange} /> : null}
    </>
  );
}

function SelectorFields({ draft, faults: { byField }, onChange }: RuleFieldsProps) {
  return (
    <div class="field-row">
      <Field label="Hosts" hint="Separated by commas. Empty: all hosts." fault={byField.hosts}>
        {(input) => (
          <input
            {...input}
            value={draft.hosts}
            onInput={({ currentTarget }) => onChange({ hosts: currentTarget.value })}
          />
        )}
      </Field>
      <Field
        label="Label matchers"
        hint={'Such as mountpoint=~"/var.*", device!="sr0". Empty: all series.'}
        fault={byField.matchers}
      >
        {(input) => (
          <input
            {...input}
            class="code"
            spellcheck={false}
            value={draft.matchers}
            onInput={({ currentTarget }) => onChange({ matchers: currentTarget.value })}
          />
        )}
      </Field>
    </div>
  );
}

interface MetricFieldProps {
  readonly value: string;
  readonly fault: string | undefined;
  readonly onChange: (metric: string) => void;
}

const groups = Map.groupBy(metrics, ({ name }) => name.split('.')[0] as string);

function MetricField({ value, fault, onChange }: MetricFieldProps) {
  const metric = metricByName(value);
  const hint =
    metric === undefined ? undefined : (
      <>
        {metric.help} Unit: {metric.unit}.{metric.labels.length === 0 ? '' : ` Labels: ${metric.labels.join(', ')}.`}
      </>
    );
  return (
    <Field label="Metric" hint={hint} fault={fault}>
      {(input) => (
        <select {...input} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
          {metric === undefined ? <option value={value}>{value}</option> : null}
          {[...groups].map(([group, members]) => (
            <optgroup key={group} label={group}>
              {members.map(({ name }) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      )}
    </Field>
  );
}
