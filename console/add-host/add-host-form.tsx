/** Renders the first step of the dialog "Add host": the name of the host, its labels, and the way in which its samples come. */
import { useState } from 'preact/hooks';
import { type HostToken, hostTargetsPath, hostTokensPath, type NewHost } from '../api/hosts.ts';
import { codeInput, SelectField, TextField } from '../components/field.tsx';
import { ProblemNote } from '../components/notices.tsx';
import { useServices } from '../hooks/services.ts';
import { checkDraft, type DraftFaults, emptyDraft, type HostDraft, type Way, ways } from './host-draft.ts';

export type AddedHost = NewHost &
  (
    | { readonly way: 'line'; readonly token: HostToken }
    | { readonly way: 'scrape'; readonly address: string }
    | { readonly way: 'hand' }
  );

export function AddHostForm({ onAdded }: { readonly onAdded: (added: AddedHost) => void }) {
  const { api } = useServices();
  const [draft, setDraft] = useState<HostDraft>(emptyDraft);
  const [faults, setFaults] = useState<DraftFaults>({});
  const [failure, setFailure] = useState<unknown>();
  const [isRunning, setRunning] = useState(false);
  const change = (part: Partial<HostDraft>) => setDraft((before) => ({ ...before, ...part }));

  const submit = async () => {
    const checked = checkDraft(draft);
    setFaults('faults' in checked ? checked.faults : {});
    if ('faults' in checked) return;
    const { host, labels, address } = checked.value;
    setRunning(true);
    setFailure(undefined);
    try {
      if (draft.way === 'line') {
        const token = await api.send<HostToken>('POST', hostTokensPath, { body: { host, labels } });
        if (token !== undefined) onAdded({ host, labels, way: 'line', token });
      } else if (draft.way === 'scrape') {
        await api.send('POST', hostTargetsPath, { body: { host, labels, address } });
        onAdded({ host, labels, way: 'scrape', address });
      } else onAdded({ host, labels, way: 'hand' });
    } catch (error) {
      setFailure(error);
    } finally {
      setRunning(false);
    }
  };

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <TextField
        label="Name"
        value={draft.host}
        onChange={(host) => change({ host })}
        fault={faults.host}
        hint="The host has this name on the page and in alerts."
        input={{ autocomplete: 'off', required: true }}
      />
      <TextField
        label="Labels"
        value={draft.labels}
        onChange={(labels) => change({ labels })}
        fault={faults.labels}
        hint="Optional, for groups: env=prod, dc=fra"
        input={{ ...codeInput, autocomplete: 'off' }}
      />
      <SelectField
        label="Way"
        value={draft.way}
        onChange={(way) => change({ way: way as Way })}
        hint={hints[draft.way]}
      >
        {Object.entries(ways).map(([way, title]) => (
          <option key={way} value={way}>
            {title}
          </option>
        ))}
      </SelectField>
      {draft.way !== 'scrape' ? null : (
        <TextField
          label="Address"
          value={draft.address}
          onChange={(address) => change({ address })}
          fault={faults.address}
          hint={`host:port of the exporter; ${draft.host.trim() || 'the name'}:9100 if empty`}
          input={{ ...codeInput, autocomplete: 'off' }}
        />
      )}
      {failure === undefined ? null : <ProblemNote title="Host not added" error={failure} />}
      <div class="form-actions">
        <button class="primary" disabled={isRunning}>
          Add host
        </button>
      </div>
    </form>
  );
}

const hints: Readonly<Record<Way, string>> = {
  line: 'A line for the shell of the host installs the agent, which pushes to this server.',
  scrape: 'Prometheus on this server scrapes a node_exporter of the host.',
  hand: 'Shows the settings for an exporter that you install yourself.',
};
