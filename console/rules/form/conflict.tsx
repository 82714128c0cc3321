/** Somebody changed the rule meanwhile: what, beside what one changed oneself, and how to go on. */
import { Icon } from '../../components/icon.tsx';
import type { Difference } from './differences.ts';

export interface ConflictProps {
  readonly by: string | undefined;
  readonly differences: readonly Difference[];
  /** Drops one's own changes. */
  readonly onTakeTheirs: () => void;
  /** Puts one's own changes on top of theirs, to be saved again. */
  readonly onMerge: () => void;
}

export function Conflict({ by, differences, onTakeTheirs, onMerge }: ConflictProps) {
  return (
    <div class="note bad conflict" role="alert">
      <Icon name="warning" />
      <div>
        <p class="note-title">
          The rule was changed meanwhile{by === undefined ? '' : ` by ${by}`}; nothing of yours is saved yet.
        </p>
        <table class="data-table">
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Was</th>
              <th scope="col">Theirs</th>
              <th scope="col">Yours</th>
            </tr>
          </thead>
          <tbody>
            {differences.map(({ field, before, theirs, mine, isConflict }) => (
              <tr key={field} class={isConflict ? 'bad' : undefined}>
                <th scope="row">
                  {field}
                  {isConflict ? ' (both)' : ''}
                </th>
                <td>{before}</td>
                <td>{theirs}</td>
                <td>{mine}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <div class="form-actions">
          <button type="button" onClick={onMerge}>
            Put my changes on theirs
          </button>
          <button type="button" onClick={onTakeTheirs}>
            Drop mine
          </button>
        </div>
      </div>
    </div>
  );
}
