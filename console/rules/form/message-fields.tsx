/** Renders the form fields of a rule's messages: severity, channels, texts, labels and annotations. */
import { useId } from 'preact/hooks';
import { channelsApiPath, severities } from '../../api/rules.ts';
import { CloseButton, Field, SelectField, TextField } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import { useGet } from '../../hooks/services.ts';
import { fieldsOf, type RuleFieldsProps } from './condition-fields.tsx';
import { listOf, type Pair } from './draft.ts';

export function MessageFields({ draft, faults, onChange }: RuleFieldsProps) {
  const { byField } = faults;
  const field = fieldsOf({ draft, faults, onChange });
  return (
    <>
      <div class="field-row">
        <SelectField label="Severity" options={severities} {...field('severity')} />
        <ChannelsField {...field('channels')} />
      </div>
      <TextField
        label="Summary"
        hint={'One line. {{ $labels.instance }} and {{ $value }} are filled in.'}
        {...field('summary')}
      />
      <TextField label="Description" hint="Meaning of the alert, and first steps" rows={2} {...field('description')} />
      <Field label="Runbook" hint="URL linked from messages" fault={byField.runbook}>
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
        <summary>Labels and annotations</summary>
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

interface ChannelsFieldProps {
  /** Separated by commas. */
  readonly value: string;
  readonly fault: string | undefined;
  readonly onChange: (value: string) => void;
}

function ChannelsField({ value, fault, onChange }: ChannelsFieldProps) {
  const known = useChannels();
  const id = useId();
  if (known === undefined)
    return (
      <TextField
        label="Channels"
        hint="Channels of the relay, separated by commas. Empty: by its routes."
        value={value}
        fault={fault}
        onChange={onChange}
      />
    );
  const chosen = listOf(value);
  const offered = [...known, ...chosen.filter((name) => !known.includes(name))];
  const toggle = (name: string, isChosen: boolean) =>
    onChange(offered.filter((each) => (each === name ? isChosen : chosen.includes(each))).join(', '));
  return (
    <div class="field form-field" role="group" aria-labelledby={`${id}-label`} aria-describedby={`${id}-notes`}>
      <span class="secondary" id={`${id}-label`}>
        Channels
      </span>
      <div class="choices">
        {offered.map((name) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              aria-invalid={fault !== undefined && !known.includes(name) ? 'true' : undefined}
              onChange={({ currentTarget }) => toggle(name, currentTarget.checked)}
            />{' '}
            {name}
          </label>
        ))}
      </div>
      <div id={`${id}-notes`}>
        {fault === undefined ? null : <p class="field-problem">{fault}</p>}
        <p class="field-hint">
          {known.length === 0 ? 'The relay has no channels' : 'Without a selection, the routes of the relay decide'}
        </p>
      </div>
    </div>
  );
}

/** Returns the names of the channels. Returns undefined until the names are loaded, and without a relay. */
function useChannels(): readonly string[] | undefined {
  return useGet<{ readonly channels?: readonly string[] }>(channelsApiPath).data?.channels;
}

interface PairRowsProps {
  /** Singular name of the rows. */
  readonly label: string;
  readonly pairs: readonly Pair[];
  readonly fault: string | undefined;
  readonly onChange: (pairs: readonly Pair[]) => void;
}

function PairRows({ label, pairs, fault, onChange }: PairRowsProps) {
  return (
    <div class="pairs" role="group" aria-label={`${label}s`}>
      {pairs.map(([name, value], index) => (
        <div class="pair-row" key={index}>
          <input
            aria-label={`${label} ${index + 1}, name`}
            placeholder="name"
            value={name}
            spellcheck={false}
            onInput={({ currentTarget }) => onChange(pairs.with(index, [currentTarget.value, value]))}
          />
          <input
            aria-label={`${label} ${index + 1}, value`}
            placeholder="value"
            value={value}
            onInput={({ currentTarget }) => onChange(pairs.with(index, [name, currentTarget.value]))}
          />
          <CloseButton
            label={`Remove ${label.toLowerCase()} ${index + 1}`}
            onClick={() => onChange(pairs.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      {fault === undefined ? null : (
        <p class="field-problem" role="alert">
          {fault}
        </p>
      )}
      <button type="button" onClick={() => onChange([...pairs, ['', '']])}>
        <Icon name="plus" /> Add {label.toLowerCase()}
      </button>
    </div>
  );
}
