/** Reduces each series of a panel to one number, for stats and bars. */

import type { Column, Labels } from '../api/promql.ts';
import { reducerOf } from '../charts/reduce.ts';
import { type Field, fieldOf } from '../dashboard/field.ts';
import type { Panel } from '../dashboard/model.ts';
import { listAt, objectAt } from '../dashboard/parse-dashboard.ts';
import { type Answer, namedSeries } from '../dashboard/queries/panel-queries.ts';

interface PanelNumber {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number | undefined;
  /** The column that `value` was reduced from. */
  readonly column: Column;
  readonly field: Field;
}

export function numbersOf(panel: Panel, answers: readonly Answer[]): readonly PanelNumber[] {
  const { calcs } = objectAt(panel.options['reduceOptions'] ?? {}, 'options.reduceOptions');
  const [calc = 'lastNotNull'] = listAt(calcs, 'options.reduceOptions.calcs').map(String);
  const reduce = reducerOf(calc);
  return namedSeries(panel, answers).map(({ name, refId, labels, column }) => {
    const field = fieldOf(panel.fieldConfig, { name, refId });
    return { name: field.displayName ?? name, labels, value: reduce(column), column, field };
  });
}
