/** The form of a rule: written, tried on the last day, saved; what the API says stands at its fields. */
import { useRef, useState } from 'preact/hooks';
import { rulesPath } from '../../../common/page/paths.ts';
import { ApiProblem } from '../../api/problem.ts';
import { type DryRun, type Rule, rulesApiPath } from '../../api/rules.ts';
import { Field } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { ReadOnly } from '../../components/read-only.tsx';
import { useServices } from '../../services.ts';
import { tryMissing } from '../missing.ts';
import { ConditionFields } from './condition-fields.tsx';
import { Conflict } from './conflict.tsx';
import { differencesOf, mergeDrafts } from './differences.ts';
import { draftOf, type RuleDraft, toBody } from './draft.ts';
import { DryRunView } from './dry-run-view.tsx';
import { faultsOf, type RuleFaults } from './faults.ts';
import { MessageFields } from './message-fields.tsx';

export interface RuleFormProps {
  readonly initial: RuleDraft;
  /** That is changed; absent: a new one is made. */
  readonly rule?: Rule;
  readonly mayWrite: boolean;
  readonly onSaved: (rule: Rule) => void;
}

const noFaults: RuleFaults = { byField: {}, general: '' };

export function RuleForm({ initial, rule, mayWrite, onSaved }: RuleFormProps) {
  const { api } = useServices();
  /** What the changes are made to: the rule as it was when the form was opened, or as somebody else left it. */
  const [base, setBase] = useState({ draft: initial, revision: rule?.revision });
  const [draft, setDraft] = useState(initial);
  const [faults, setFaults] = useState<RuleFaults>(noFaults);
  const [failure, setFailure] = useState<unknown>(undefined);
  const [theirs, setTheirs] = useState<Rule | undefined>(undefined);
  const [dryRun, setDryRun] = useState<DryRun | undefined>(undefined);
  const [running, setRunning] = useState<'save' | 'dry' | undefined>(undefined);
  const form = useRef<HTMLFormElement>(null);
  const path = rule === undefined ? rulesApiPath : `${rulesApiPath}/${encodeURIComponent(rule.id)}`;
  const method = rule === undefined ? 'POST' : 'PUT';

  const change = (changes: Partial<RuleDraft>) => {
    setDraft((before) => ({ ...before, ...changes }));
    setDryRun(undefined);
  };
  const showFaults = (found: RuleFaults) => {
    setFaults(found);
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  const tryBody = () => {
    try {
      return toBody(draft);
    } catch (error) {
      showFaults({ byField: { matchers: (error as Error).message }, general: '' });
      return undefined;
    }
  };
  const run = async (
    what: 'save' | 'dry',
    action: (body: NonNullable<ReturnType<typeof tryBody>>) => Promise<void>,
  ) => {
    setFaults(noFaults);
    setFailure(undefined);
    const missing = tryMissing(draft);
    if (missing !== undefined) return showFaults(missing);
    const body = tryBody();
    if (body === undefined) return;
    setRunning(what);
    try {
      await action(body);
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 412)
        setTheirs(await api.get<Rule>(path).catch(() => undefined));
      else if (error instanceof ApiProblem) showFaults(faultsOf(error));
      setFailure(error);
    } finally {
      setRunning(undefined);
    }
  };
  const save = (event: Event) => {
    event.preventDefault();
    void run('save', async (body) => {
      const ifRevision = base.revision === undefined ? {} : { ifRevision: base.revision };
      const saved = await api.send<Rule>(method, path, { body, ...ifRevision });
      if (saved !== undefined) onSaved(saved);
    });
  };
  const tryOut = () =>
    run('dry', async (body) => setDryRun(await api.send<DryRun>(method, `${path}?dry_run=true`, { body })));
  const goOn = (next: RuleDraft, other: Rule) => {
    setBase({ draft: draftOf(other), revision: other.revision });
    setDraft(next);
    setTheirs(undefined);
    setFailure(undefined);
  };

  return (
    <form ref={form} class="rule-form" noValidate onSubmit={save}>
      {mayWrite ? null : <ReadOnly what="rules" />}
      <fieldset class="whole" disabled={!mayWrite || running !== undefined}>
        <div class="columns form-columns">
          <section class="card padded" aria-labelledby="when-title">
            <h2 id="when-title">When</h2>
            <div class="field-row">
              <Field label="Name" hint="Letters, digits and _; messages begin with it" fault={faults.byField.name}>
                {(input) => (
                  <input
                    {...input}
                    value={draft.name}
                    spellcheck={false}
                    autocomplete="off"
                    onInput={({ currentTarget }) => change({ name: currentTarget.value })}
                  />
                )}
              </Field>
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
            <h2 id="message-title">What it says</h2>
            <MessageFields draft={draft} faults={faults} onChange={change} />
          </section>
        </div>
        {theirs !== undefined ? (
          <Conflict
            by={theirs.updated_by}
            differences={differencesOf({ before: base.draft, theirs: draftOf(theirs), mine: draft })}
            onTakeTheirs={() => goOn(draftOf(theirs), theirs)}
            onMerge={() => goOn(mergeDrafts({ before: base.draft, theirs: draftOf(theirs), mine: draft }), theirs)}
          />
        ) : failure === undefined ? null : (
          <ProblemNote
            title={rule === undefined ? 'The rule was not made' : 'The rule was not changed'}
            error={failure}
            {...(failure instanceof ApiProblem ? { text: faults.general || 'The fields above say why.' } : {})}
          />
        )}
        <div class="form-actions">
          <button class="primary">
            <Icon name="check" />{' '}
            {running === 'save' ? 'Prometheus takes it ...' : rule === undefined ? 'Make the rule' : 'Save'}
          </button>
          <button type="button" onClick={() => void tryOut()}>
            <Icon name="play" /> {running === 'dry' ? 'Trying ...' : 'Try it on the last 24 h'}
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
