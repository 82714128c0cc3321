/** Shows the differences when another user changed or deleted the rule during the edit, and asks which values to keep. */
import { rulesPath } from '../../../common/page/paths.ts';
import { Icon } from '../../components/icon.tsx';
import { draftOf, type RuleDraft } from './draft.ts';
import { differencesOf, type RuleEdit } from './rule-edit.ts';

interface ConflictProps {
  readonly edit: RuleEdit;
  readonly onResolve: (winner: 'mine' | 'theirs') => void;
}

const fieldLabels: Readonly<Record<keyof RuleDraft, string>> = {
  name: 'Name',
  source: 'Condition type',
  metric: 'Metric',
  expr: 'Expression',
  operator: 'Operator',
  threshold: 'Threshold',
  for: 'For',
  hosts: 'Hosts',
  matchers: 'Label matchers',
  severity: 'Severity',
  channels: 'Channels',
  summary: 'Summary',
  description: 'Description',
  runbook: 'Runbook',
  labels: 'Labels',
  annotations: 'Annotations',
  enabled: 'Enabled',
};

export function Conflict({ edit: { base, draft, theirs }, onResolve }: ConflictProps) {
  if (theirs === undefined) return null;
  const isDeleted = theirs === 'deleted';
  return (
    <div class="note bad conflict" role="alert">
      <Icon name="warning" />
      <div>
        <p class="note-title">
          {isDeleted
            ? 'Rule not saved: someone deleted it during your edit'
            : `Rule not saved: ${theirs.updated_by ?? 'someone else'} changed it during your edit`}
        </p>
        <p class="note-text">
          {isDeleted
            ? 'Your changes are still in the form. Keep them to create the rule again.'
            : 'Your changes are still in the form. Choose the values to keep, then save.'}
        </p>
        {isDeleted ? null : (
          <table class="data-table">
            <thead>
              <tr>
                <th scope="col">Field</th>
                <th scope="col">Before</th>
                <th scope="col">Theirs</th>
                <th scope="col">Yours</th>
              </tr>
            </thead>
            <tbody>
              {differencesOf({ before: base, theirs: draftOf(theirs), mine: draft }).map((each) => (
                <tr key={each.field} class={each.isConflict ? 'bad' : undefined}>
                  <th scope="row">
                    {fieldLabels[each.field]}
                    {each.isConflict ? ' (both)' : ''}
                  </th>
                  <td>{each.before}</td>
                  <td>{each.theirs}</td>
                  <td>{each.mine}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <div class="form-actions">
          <button type="button" onClick={() => onResolve('mine')}>
            Keep my changes
          </button>
          {isDeleted ? (
            <a class="button" href={rulesPath}>
              Discard my changes
            </a>
          ) : (
            <button type="button" onClick={() => onResolve('theirs')}>
              Discard my changes
            </button>
          )}
        </div>
      </div>
    </div>
  );
}
