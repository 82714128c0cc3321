/** Renders the form to create or replace a silence, with a preview of the muted alerts. */
import { useRef, useState } from 'preact/hooks';
import { silencesPath } from '../../common/page/paths.ts';
import { type ActiveAlerts, activePath } from '../api/alerts.ts';
import { ApiProblem } from '../api/problem.ts';
import { type Silence, silencesApiPath } from '../api/silences.ts';
import { TextField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { ProblemNote, ReadOnly } from '../components/notices.tsx';
import { formatSpan, formatTime } from '../format/values.ts';
import { useGet, useServices } from '../hooks/services.ts';
import { useNow } from '../hooks/use-now.ts';
import {
  type DraftFaults,
  endOf,
  faultsOf,
  faultsOfProblem,
  type SilenceDraft,
  spans,
  startOf,
  toBody,
} from './draft.ts';
import { MatcherRows } from './matcher-rows.tsx';
import { Preview } from './preview.tsx';

interface SilenceFormProps {
  readonly initial: SilenceDraft;
  readonly mayWrite: boolean;
  readonly onSaved: (silence: Silence) => void;
}

export function SilenceForm({ initial, mayWrite, onSaved }: SilenceFormProps) {
  const { api } = useServices();
  const { nowMs } = useNow(10_000);
  const [draft, setDraft] = useState(initial);
  const [faults, setFaults] = useState<DraftFaults>({});
  const [failure, setFailure] = useState<unknown>(undefined);
  const [isSending, setSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const names = useLabelNames();
  const change = (changes: Partial<SilenceDraft>) => setDraft((before) => ({ ...before, ...changes }));
  const startMs = startOf(draft, nowMs);
  const endMs = startMs === undefined ? undefined : endOf(draft, startMs);
  const isNew = draft.id === undefined;

  const show = (found: DraftFaults) => {
    setFaults(found);
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  const send = async (event: Event) => {
    event.preventDefault();
    const found = faultsOf(draft, Date.now());
    setFailure(undefined);
    if (Object.keys(found).length > 0) return show(found);
    setFaults({});
    setSending(true);
    try {
      const made = await api.send<Silence>('POST', silencesApiPath, { body: toBody(draft, Date.now()) });
      if (made !== undefined) onSaved(made);
    } catch (error) {
      setFailure(error);
      if (error instanceof ApiProblem) show(faultsOfProblem(error));
    } finally {
      setSending(false);
    }
  };

  return (
    <div class="columns form-columns">
      <form ref={form} class="card padded" noValidate onSubmit={(event) => void send(event)}>
        {mayWrite ? null : <ReadOnly what="silences" />}
        <fieldset class="whole" disabled={!mayWrite || isSending}>
          <MatcherRows
            matchers={draft.matchers}
            names={names}
            faults={faults}
            onChange={(matchers) => change({ matchers })}
          />
          {isNew ? null : (
            <TextField
              label="Start"
              hint="Empty: now"
              value={draft.start}
              fault={faults['start']}
              onChange={(start) => change({ start })}
            />
          )}
          <EndField
            value={draft.end}
            startMs={startMs}
            endMs={endMs}
            {...(isNew ? {} : { extends: 'extends' as const })}
            fault={faults['end']}
            onChange={(end) => change({ end })}
          />
          <TextField
            label="Comment"
            hint="Reason for the silence"
            rows={2}
            input={{ required: true }}
            value={draft.comment}
            fault={faults['comment']}
            onChange={(comment) => change({ comment })}
          />
          <TextField
            label="Created by"
            value={draft.createdBy}
            fault={faults['createdBy']}
            onChange={(createdBy) => change({ createdBy })}
          />
          {failure === undefined ? null : <ProblemNote title="The silence was not made" error={failure} />}
          <div class="form-actions">
            <button class="primary">
              <Icon name="mute" /> {isNew ? 'Silence' : 'Save'}
            </button>
            <a class="button" href={silencesPath}>
              Cancel
            </a>
          </div>
        </fieldset>
      </form>
      <Preview matchers={draft.matchers} nowMs={nowMs} />
    </div>
  );
}

/** Returns the label names of active alerts. */
function useLabelNames(): readonly string[] {
  const { data } = useGet<ActiveAlerts>(activePath());
  return [...new Set(data?.alerts.flatMap(({ labels }) => Object.keys(labels)) ?? ['alertname', 'instance'])].sort();
}

interface EndFieldProps {
  readonly value: string;
  readonly startMs: number | undefined;
  /** Undefined for an invalid end. */
  readonly endMs: number | undefined;
  /** The silence exists already: the buttons move its end. */
  readonly extends?: 'extends';
  readonly fault: string | undefined;
  readonly onChange: (value: string) => void;
}

function EndField({ value, startMs, endMs, extends: isExtending, fault, onChange }: EndFieldProps) {
  const pick = (ms: number, label: string) =>
    onChange(
      isExtending === undefined ? label.replace(' min', 'm').replace(' ', '') : formatTime((endMs ?? Date.now()) + ms),
    );
  const hint =
    endMs === undefined || startMs === undefined
      ? 'Duration such as 2h or 1h30m, or time such as 2026-03-01 12:00'
      : `Until ${formatTime(endMs)} (${formatSpan(Math.max(0, endMs - startMs))})`;
  return (
    <div class="end-field">
      <div class="button-group wrapping" role="group" aria-label={isExtending === undefined ? 'Duration' : 'Extend by'}>
        {spans.map(({ label, ms }) => (
          <button
            key={label}
            type="button"
            aria-pressed={isExtending === undefined && startMs !== undefined && endMs === startMs + ms}
            onClick={() => pick(ms, label)}
          >
            {isExtending === undefined ? label : `+${label}`}
          </button>
        ))}
      </div>
      <TextField
        label="End"
        hint={hint}
        input={{ autocomplete: 'off' }}
        value={value}
        fault={fault}
        onChange={onChange}
      />
    </div>
  );
}
