/** Renders the form of a rule: edits it, tries it on the last 24 hours, and saves it. The API's faults appear at their fields. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { rulesPath } from '../../../common/page/paths.ts';
import type { Api } from '../../api/client.ts';
import { ApiProblem, renderProblem } from '../../api/problem.ts';
import { type DryRun, type Rule, type RuleBody, rulesApiPath } from '../../api/rules.ts';
import { TextField } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import { ProblemNote, ReadOnly } from '../../components/notices.tsx';
import { useServices } from '../../hooks/services.ts';
import { ConditionFields, fieldsOf } from './condition-fields.tsx';
import { Conflict } from './conflict.tsx';
import { type RuleDraft, toBody } from './draft.ts';
import { DryRunView } from './dry-run-view.tsx';
import { faultsOf, type RuleFaults, tryMissingFields } from './faults.ts';
import { MessageFields } from './message-fields.tsx';
import { afterRefusal, type RuleEdit, resolve, withLatest } from './rule-edit.ts';

interface RuleFormProps {
  readonly initial: RuleEdit;
  /** Id of the rule to change. Absent: the form creates a rule. */
  readonly ruleId?: string;
  /** The rule as last read while the form is open. */
  readonly latest?: Rule | 'deleted';
  readonly mayWrite: boolean;
  /** The form has just saved `initial`. */
  readonly isSaved?: boolean;
  readonly onSaved: (rule: Rule) => void;
}

interface Failure {
  readonly title: string;
  /** Shown if there is no text. */
  readonly error?: unknown;
  readonly text?: string;
}

type Action = 'save' | 'dry-run';

const noFaults: RuleFaults = { byField: {}, general: '' };
const failureTitles: Readonly<Record<Action, string>> = { save: 'Rule not saved', 'dry-run': 'Rule not tried' };
const outdated = 'Rule not saved: someone else changed it during your edit';

export function RuleForm({ initial, ruleId, latest, mayWrite, isSaved = false, onSaved }: RuleFormProps) {
  const { api } = useServices();
  const [edit, setEdit] = useState(initial);
  const [faults, setFaults] = useState(noFaults);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [dryRun, setDryRun] = useState<DryRun | undefined>(undefined);
  const [running, setRunning] = useState<Action | undefined>(undefined);
  const form = useRef<HTMLFormElement>(null);
  const { draft, revision } = edit;
  const isNew = revision === undefined;
  const rulePath = `${rulesApiPath}/${encodeURIComponent(ruleId ?? '')}`;
  const [method, path] = isNew ? (['POST', rulesApiPath] as const) : (['PUT', rulePath] as const);
  useEffect(() => {
    if (latest !== undefined) setEdit((before) => withLatest(before, latest));
  }, [latest]);

  const change = (changes: Partial<RuleDraft>) => {
    setEdit((before) => ({ ...before, draft: { ...before.draft, ...changes } }));
    setDryRun(undefined);
  };
  const showFaults = (action: Action, found: RuleFaults) => {
    const title = failureTitles[action];
    const hasFields = Object.keys(found.byField).length > 0;
    setFaults(found);
    setFailure({ title: hasFields ? `${title}: fix the highlighted fields` : title, text: found.general });
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  const run = async (action: Action, send: (body: RuleBody) => Promise<void>) => {
    setFaults(noFaults);
    setFailure(undefined);
    const missing = tryMissingFields(draft);
    if (missing !== undefined) return showFaults(action, missing);
    const body = tryBody(draft);
    if (typeof body === 'string') return showFaults(action, { byField: { matchers: body }, general: '' });
    setRunning(action);
    try {
      await send(body);
    } catch (error) {
      if (error instanceof ApiProblem) showFaults(action, faultsOf(error));
      else setFailure({ title: failureTitles[action], error });
    } finally {
      setRunning(undefined);
    }
  };
  const save = (event: Event) => {
    event.preventDefault();
    void run('save', async (body) => {
      try {
        const saved = await api.send<Rule>(method, path, { body, ...(isNew ? {} : { ifRevision: revision }) });
        if (saved !== undefined) onSaved(saved);
      } catch (error) {
        if (isNew || !isOutdated(error)) throw error;
        await compare();
      }
    });
  };
  /** The API refused to save: another user changed or deleted the rule. */
  const compare = async () => {
    try {
      const newest = await readRule(api, rulePath);
      const { edit: next, outcome } = afterRefusal(edit, newest);
      setEdit(next);
      if (outcome === 'reloaded') setFailure({ title: outdated, text: 'The form shows the newer version.' });
      if (outcome === 'saved' && newest !== 'deleted') onSaved(newest);
    } catch (error) {
      const text = `The newer version cannot be read: ${renderProblem(error)}. Your changes are still in the form. Save again.`;
      setFailure({ title: outdated, text });
    }
  };
  const tryOut = () =>
    run('dry-run', async (body) => setDryRun(await api.send<DryRun>(method, `${path}?dry_run=true`, { body })));

  return (
    <form ref={form} class="rule-form" noValidate onSubmit={save}>
      {mayWrite ? null : <ReadOnly what="rules" />}
      {isSaved && draft === edit.base && edit.theirs === undefined ? (
        <p class="saved" role="status">
          <Icon name="check" /> Rule saved
        </p>
      ) : null}
      <fieldset class="whole" disabled={!mayWrite || running !== undefined}>
        <div class="columns form-columns">
          <section class="card padded" aria-labelledby="when-title">
            <h2 id="when-title">Condition</h2>
            <div class="field-row">
              <TextField
                label="Name"
                hint="Letters, digits and _. Messages start with the name."
                input={{ spellcheck: false, autocomplete: 'off' }}
                {...fieldsOf({ draft, faults, onChange: change })('name')}
              />
              <label class="check">
                <input
                  type="checkbox"
                  checked={draft.enabled}
                  onChange={({ currentTarget }) => change({ enabled: currentTarget.checked })}
                />{' '}
                Enabled
              </label>
            </div>
            <ConditionFields draft={draft} faults={faults} onChange={change} />
          </section>
          <section class="card padded" aria-labelledby="message-title">
            <h2 id="message-title">Message</h2>
            <MessageFields draft={draft} faults={faults} onChange={change} />
          </section>
        </div>
        {edit.theirs !== undefined ? (
          <Conflict
            edit={edit}
            onResolve={(winner) => {
              setEdit(resolve(edit, winner));
              setFailure(undefined);
            }}
          />
        ) : failure === undefined ? null : (
          <ProblemNote {...failure} />
        )}
        <div class="form-actions">
          <button class="primary">
            <Icon name="check" /> {running === 'save' ? 'Saving…' : isNew ? 'Create rule' : 'Save'}
          </button>
          <button type="button" onClick={() => void tryOut()}>
            <Icon name="play" /> {running === 'dry-run' ? 'Trying…' : 'Try on the last 24 h'}
          </button>
          <a class="button" href={rulesPath}>
            Cancel
          </a>
        </div>
      </fieldset>
      {dryRun === undefined ? null : <DryRunView result={dryRun} />}
    </form>
  );
}

/** Returns the fault of the matchers where they cannot be parsed. */
function tryBody(draft: RuleDraft): RuleBody | string {
  try {
    return toBody(draft);
  } catch (error) {
    return (error as Error).message;
  }
}

/** Reads the rule's newest version. Rejects when the gateway does not answer or refuses. */
async function readRule(api: Api, path: string): Promise<Rule | 'deleted'> {
  try {
    return await api.get<Rule>(path);
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return 'deleted';
    throw error;
  }
}

/** Returns true when the rule has another revision, or was deleted. */
function isOutdated(error: unknown): boolean {
  return error instanceof ApiProblem && (error.status === 412 || error.status === 404);
}
