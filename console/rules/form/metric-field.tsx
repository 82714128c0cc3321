/** A metric of the catalogue: what it is, in which unit, by which labels. */
import { metricByName, metrics } from '../../../common/catalogue/index.ts';
import { Field } from '../../components/field.tsx';

export interface MetricFieldProps {
  readonly value: string;
  readonly fault: string | undefined;
  readonly onChange: (metric: string) => void;
}

const groups = Map.groupBy(metrics, ({ name }) => name.split('.')[0] as string);

export function MetricField({ value, fault, onChange }: MetricFieldProps) {
  const metric = metricByName(value);
  const hint =
    metric === undefined ? undefined : (
      <>
        {metric.help} In {metric.unit}
        {metric.labels.length === 0 ? '' : `, by ${metric.labels.join(', ')}`}.
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
