/** Builds tables: one instant query per column; values with equal labels share a row. */
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as table from '@grafana/grafana-foundation-sdk/table';
import { letterOf, tableTarget } from '../queries/queries.ts';
import { datasource } from '../queries/variables.ts';
import { currentInterval, currentMaxDataPoints } from './current.ts';
import { hostOfRow, thresholdsOf, tryAlertSteps } from './panel-options.ts';

export interface Column {
  readonly title: string;
  /** The query. Its labels are exactly the labels of the table. */
  readonly expr: string;
  readonly unit: string;
  readonly decimals?: number;
  /** Thresholds that set the colour of the text. */
  readonly steps?: readonly dashboard.Threshold[] | undefined;
  /** Shows a bar from 0 to 100 beside the number. */
  readonly isGauge?: true;
  readonly mappings?: readonly dashboard.ValueMapping[];
  /** Hides the value, for queries whose labels carry the information. */
  readonly isHidden?: true;
}

/** Returns a column of percentages, with a bar and the colours of the default alerts. */
export function usageColumn(title: string, metric: string, expr: string): Column {
  return { title, expr, unit: 'percent', decimals: 1, steps: tryAlertSteps(metric), isGauge: true };
}

interface Table {
  readonly title: string;
  readonly description: string;
  /** Labels and their column headings, in order, before the values. */
  readonly labels: Readonly<Record<string, string>>;
  readonly columns: readonly [Column, ...Column[]];
  /** Heading of a column whose lowest values come first, before `sortBy` applies. */
  readonly lowestFirst?: string;
  /** Heading of the column to sort by. */
  readonly sortBy: string;
  readonly isDescending?: true;
  readonly noValue?: string;
  readonly width?: number;
  readonly height?: number;
}

export function tablePanel(panel: Table): table.PanelBuilder {
  const { title, description, labels, columns, sortBy, isDescending = false, noValue, width = 24, height = 9 } = panel;
  const sorted = (heading: string, isReverse: boolean) =>
    new common.TableSortByFieldStateBuilder().displayName(heading).desc(isReverse);
  const builder = new table.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .span(width)
    .height(height)
    .interval(currentInterval)
    .maxDataPoints(currentMaxDataPoints)
    .targets(columns.map(({ expr }, index) => tableTarget(letterOf(index), expr)))
    .unit('short')
    .thresholds(thresholdsOf())
    .filterable(true)
    .showHeader(true)
    .sortBy([
      ...(panel.lowestFirst === undefined ? [] : [sorted(panel.lowestFirst, false)]),
      sorted(sortBy, isDescending),
    ])
    .transformations([
      { id: 'merge', options: {} },
      { id: 'organize', options: organisation(panel) },
    ]);
  if (noValue !== undefined) builder.noValue(noValue);
  if ('instance' in labels) {
    builder.overrideByName(labels['instance'] as string, [{ id: 'links', value: [hostOfRow] }]);
  }
  for (const column of columns) if (column.isHidden !== true) builder.overrideByName(column.title, styleOf(column));
  return builder;
}

/**
 * Returns Grafana's name for the values of a column. Grafana names the values of a single query `Value`, and the
 * values of several queries `Value #A` and `Value #B`.
 */
function fieldOf(columns: Table['columns'], index: number): string {
  return columns.length === 1 ? 'Value' : `Value #${letterOf(index)}`;
}

function organisation({ labels, columns }: Table) {
  const fields = [
    ...Object.entries(labels).map(([field, heading]) => ({ field, heading, isHidden: undefined })),
    ...columns.map(({ title, isHidden }, index) => ({ field: fieldOf(columns, index), heading: title, isHidden })),
  ];
  const shown = fields.filter(({ isHidden }) => isHidden !== true);
  const hidden = fields.filter(({ isHidden }) => isHidden === true);
  return {
    excludeByName: { Time: true, ...Object.fromEntries(hidden.map(({ field }) => [field, true])) },
    indexByName: Object.fromEntries(shown.map(({ field }, index) => [field, index])),
    renameByName: Object.fromEntries(shown.map(({ field, heading }) => [field, heading])),
  };
}

function styleOf({ unit, decimals, steps, isGauge, mappings }: Column): dashboard.DynamicConfigValue[] {
  const styles: dashboard.DynamicConfigValue[] = [{ id: 'unit', value: unit }];
  if (decimals !== undefined) styles.push({ id: 'decimals', value: decimals });
  if (mappings !== undefined) styles.push({ id: 'mappings', value: mappings });
  if (isGauge) {
    styles.push({ id: 'min', value: 0 }, { id: 'max', value: 100 });
    styles.push({ id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' } });
  } else if (steps !== undefined) styles.push({ id: 'custom.cellOptions', value: { type: 'color-text' } });
  if (steps !== undefined) {
    styles.push({ id: 'thresholds', value: thresholdsOf(steps).build() });
    styles.push({ id: 'color', value: { mode: dashboard.FieldColorModeId.Thresholds } });
  }
  return styles;
}
