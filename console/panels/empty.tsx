/** Stands where a panel has nothing to show. */
import type { Panel } from '../../common/dashboard/model.ts';
import { fieldOf } from '../dashboard/field.ts';

export function Empty({ panel }: { readonly panel: Panel }) {
  const { noValue } = fieldOf(panel.fieldConfig, { name: '' });
  return <p class="panel-empty">{noValue ?? 'No data'}</p>;
}
