/** Who hears of a rule's alerts: the relay's channels to choose from, a text where nobody knows them. */
import { useId } from 'preact/hooks';
import { channelsApiPath } from '../../api/rules.ts';
import { Field } from '../../components/field.tsx';
import { useData } from '../../hooks/use-data.ts';
import { useServices } from '../../services.ts';
import { listOf } from './draft.ts';

export interface ChannelsFieldProps {
  /** Separated by commas. */
  readonly value: string;
  readonly fault: string | undefined;
  readonly onChange: (value: string) => void;
}

export function ChannelsField({ value, fault, onChange }: ChannelsFieldProps) {
  const known = useChannels();
  const id = useId();
  if (known === undefined)
    return (
      <Field label="Channels" hint="Of the relay, separated by commas; empty: as its routes say" fault={fault}>
        {(input) => <input {...input} value={value} onInput={({ currentTarget }) => onChange(currentTarget.value)} />}
      </Field>
    );
  const chosen = listOf(value);
  const offered = [...known, ...chosen.filter((name) => !known.includes(name))];
  const toggle = (name: string, isChosen: boolean) =>
    onChange(offered.filter((each) => (each === name ? isChosen : chosen.includes(each))).join(', '));
  return (
    <div class="field form-field" role="group" aria-labelledby={`${id}-label`} aria-describedby={`${id}-notes`}>
      <span class="quiet" id={`${id}-label`}>
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
        <p class="field-hint">{known.length === 0 ? 'The relay has none' : "None: as the relay's routes say"}</p>
      </div>
    </div>
  );
}

/** Undefined until they are known, and where no relay is. */
function useChannels(): readonly string[] | undefined {
  const { api } = useServices();
  const { data } = useData('channels', (signal) =>
    api.get<{ readonly channels?: readonly string[] }>(channelsApiPath, { signal }),
  );
  return data?.channels;
}
