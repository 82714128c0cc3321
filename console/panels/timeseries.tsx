/** Panel `timeseries`: lines, areas or bars over time, with a legend. */
import { useContext, useMemo, useState } from 'preact/hooks';
import { recordedTierNames } from '../../common/catalogue/tiers.ts';
import { tierOff, tierPrefix } from '../../common/dashboard/conventions.ts';
import { type ChartSeries, type ChartSpec, toggleSeries, type Visibility } from '../charts/chart-spec.ts';
import { ChartView } from '../charts/chart-view.tsx';
import type { ColourScheme } from '../charts/colours.ts';
import { Legend } from '../charts/legend.tsx';
import { type Field, formatValue } from '../dashboard/field.ts';
import type { JsonObject, Selection } from '../dashboard/model.ts';
import { listAt, objectAt, textAt } from '../dashboard/parse-dashboard.ts';
import { formatTime } from '../format/times.ts';
import { useServices, useStore } from '../hooks/services.ts';
import { type Line, type Lines, linesOf } from './lines.ts';
import { Empty, HostsContext, type PanelProps } from './panel-props.tsx';

export function TimeSeriesPanel(props: PanelProps) {
  const { panel, answers, range, selection, marks, syncKey, onZoom, onZoomOut } = props;
  const { theme } = useServices();
  const scheme = useStore(theme.scheme);
  const [shown, setShown] = useState<Visibility>(undefined);
  const hosts = useContext(HostsContext);
  const lines = useMemo(() => linesOf(panel, answers, { scheme, hosts }), [panel, answers, scheme, hosts]);
  const spec = useMemo(() => specOf(lines, shown, scheme), [lines, shown, scheme]);
  const data = useMemo(
    () => ({
      times: lines.times,
      columns: lines.series.map(({ column }) => column),
      from: range.fromMs / 1_000,
      to: range.toMs / 1_000,
      marks,
    }),
    [lines, range, marks],
  );
  if (lines.series.length === 0) return <Empty panel={panel} why={whyEmpty(selection)} />;
  const names = lines.series.map(({ name }) => name);
  const legend = legendOf(panel.options);
  return (
    <div class={`chart-with-legend ${legend.placement}`}>
      <ChartView
        spec={spec}
        data={data}
        syncKey={syncKey}
        description={`${panel.title}: ${names.length} series from ${formatTime(range.fromMs)} to ${formatTime(range.toMs)}`}
        onZoom={onZoom}
        onZoomOut={onZoomOut}
      />
      {legend.isShown ? (
        <Legend
          {...legend}
          entries={lines.series.map((series) => ({ ...series, isShown: shown?.has(series.name) !== false }))}
          format={(value) => formatValue(lines.field, value)}
          onToggle={(name, how) => setShown(toggleSeries(shown, { name, how, all: names }))}
        />
      ) : null}
    </div>
  );
}

/** Recorded means appear later than the raw samples. */
function whyEmpty(selection: Selection): string | undefined {
  const tier = recordedTierNames.find(
    (name) => (selection.get(`${tierPrefix}${name}`)?.selected[0] ?? tierOff) !== tierOff,
  );
  if (tier === undefined) return undefined;
  const minutes = tier === '1m' ? 'minute' : '5 minutes';
  return `Long ranges show means recorded every ${minutes}. None has been recorded yet.`;
}

function specOf({ series, field }: Lines, shown: Visibility, scheme: ColourScheme): ChartSpec {
  const { custom, unit, decimals, min, max, thresholds } = field;
  return {
    unit,
    decimals,
    min,
    max,
    thresholds,
    scheme,
    isBars: custom['drawStyle'] === 'bars',
    thresholdStyle: thresholdStyleOf(field),
    series: series.map((line) => seriesOf(line, { isShown: shown?.has(line.name) !== false, count: series.length })),
  };
}

/** Overlapping fills of more lines would only darken each other. */
const maxFilled = 6;

function seriesOf(line: Line, { isShown, count }: { readonly isShown: boolean; readonly count: number }): ChartSeries {
  const { lineWidth = 1, fillOpacity = 0, lineStyle, stacking } = line.field.custom;
  const fill = objectAt(lineStyle ?? {}, 'custom.lineStyle')['fill'];
  const isStacked = objectAt(stacking ?? {}, 'custom.stacking')['mode'] === 'normal';
  return {
    name: line.name,
    colour: line.colour,
    isShown,
    isStacked,
    width: Number(lineWidth),
    fill: isStacked || count <= maxFilled ? Number(fillOpacity) / 100 : 0,
    isDashed: fill === 'dash' || fill === 'dot',
  };
}

function thresholdStyleOf({ custom }: Field): ChartSpec['thresholdStyle'] {
  const mode = textAt(
    objectAt(custom['thresholdsStyle'] ?? {}, 'thresholdsStyle')['mode'] ?? 'off',
    'thresholdsStyle.mode',
  );
  if (mode === 'off') return 'off';
  return mode.includes('area') ? 'area' : 'line';
}

function legendOf(options: JsonObject) {
  const { displayMode, placement, calcs, showLegend, sortBy, sortDesc } = objectAt(
    options['legend'] ?? {},
    'options.legend',
  );
  return {
    isShown: showLegend !== false && displayMode !== 'hidden',
    display: displayMode === 'table' ? ('table' as const) : ('list' as const),
    placement: placement === 'right' ? ('right' as const) : ('bottom' as const),
    calcs: listAt(calcs, 'options.legend.calcs').map(String),
    sortBy: typeof sortBy === 'string' ? sortBy : undefined,
    isDescending: sortDesc === true,
  };
}
