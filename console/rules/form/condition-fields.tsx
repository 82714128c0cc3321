/** Renders form fields of a rule's condition: metric or PromQL, operator, threshold and duration. */
import { metricByName, metrics } from '../../../common/catalogue/metrics.ts';
import { tryFormatValue } from '../../alerts/alert-value.ts';
import { operators } from '../../api/rules.ts';
import { codeInput, Options, SelectField, TextField } from '../../components/field.tsx';
import type { RuleDraft, RuleSource } from './draft.ts';
import { markPlace, type RuleFaults } from './faults.ts';

export interface RuleFieldsProps {
  readonly draft: RuleDraft;
  readonly faults: RuleFaults;
  readonly onChange: (changes: Partial<RuleDraft>) => void;
}

type TextName = Exclude<keyof RuleDraft, 'source' | 'labels' | 'annotations' | 'enabled'>;

/** Returns a function that returns the props of the field of a text. */
export function fieldsOf({ draft, faults, onChange }: RuleFieldsProps) {
  return (name: TextName) => ({
    value: draft[name],
    fault: faults.byField[name],
    onChange: (value: string) => onChange({ [name]: value }),
  });
}

const sources: Readonly<Record<RuleSource, string>> = { metric: 'Metric', expr: 'PromQL' };

export function ConditionFields({ draft, faults, onChange }: RuleFieldsProps) {
  const { byField, place } = faults;
  const field = fieldsOf({ draft, faults, onChange });
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
        <MetricField {...field('metric')} />
      ) : (
        <TextField
          label="Expression (PromQL)"
          hint="Leave out the comparison if you set a threshold below. Messages then include the value."
          rows={3}
          input={codeInput}
          {...field('expr')}
          fault={
            place === undefined || byField.expr === undefined
              ? byField.expr
              : `${byField.expr}\n${markPlace(draft.expr, place)}`
          }
        />
      )}
      <div class="field-row">
        <SelectField label="Operator" options={operators} {...field('operator')}>
          {isMetric ? null : <option value="">(in the expression)</option>}
        </SelectField>
        {draft.operator === '' ? null : (
          <TextField
            label={unit === undefined ? 'Threshold' : `Threshold (${unit})`}
            hint={threshold !== undefined && unit?.startsWith('bytes') ? `= ${threshold}` : undefined}
            input={{ inputMode: 'decimal' }}
            {...field('threshold')}
          />
        )}
        <TextField label="For" hint="Such as 5m or 1h30m. Empty: fires at once." {...field('for')} />
      </div>
      {isMetric ? (
        <div class="field-row">
          <TextField label="Hosts" hint="Separated by commas. Empty: all hosts." {...field('hosts')} />
          <TextField
            label="Label matchers"
            hint={'Such as mountpoint=~"/var.*", device!="sr0". Empty: all series.'}
            input={codeInput}
            {...field('matchers')}
          />
        </div>
      ) : null}
    </>
  );
}

const groups = Map.groupBy(metrics, ({ name }) => name.split('.')[0] as string);

function MetricField({ value, ...field }: ReturnType<ReturnType<typeof fieldsOf>>) {
  const metric = metricByName(value);
  const hint =
    metric === undefined ? undefined : (
      <>
        {metric.help} Unit: {metric.unit}.{metric.labels.length === 0 ? '' : ` Labels: ${metric.labels.join(', ')}.`}
      </>
    );
  return (
    <SelectField label="Metric" hint={hint} value={value} {...field}>
      {metric === undefined ? <option value={value}>{value}</option> : null}
      {[...groups].map(([group, members]) => (
        <optgroup key={group} label={group}>
          <Options values={members.map(({ name }) => name)} />
        </optgroup>
      ))}
    </SelectField>
  );
}
