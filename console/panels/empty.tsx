/** Stands where a panel has nothing to show. */
import type { Panel } from '../../common/dashboard/model.ts';
import { fieldOf } from '../dashboard/fields/field.ts';

export interface EmptyProps {
  readonly panel: Panel;
  /** Smaller, below. */
  readonly why?: string | undefined;
}

export function Empty({ panel, why }: EmptyProps) {
  const { noValue } = fieldOf(panel.fieldConfig, { name: '' });
  return (
    <p class="panel-empty">
      {noValue ?? 'No data'}
      {why === undefined ? null : <small>{why}</small>}
    </p>
  );
}
