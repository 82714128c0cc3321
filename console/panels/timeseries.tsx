/** Renders the panel `timeseries`: lines, areas or bars over time, with a legend. */
import { useMemo } from 'preact/hooks';
import { Chart, type ChartLine } from '../charts/chart.tsx';
import type { ChartSpec } from '../charts/chart-data.ts';
import type { Field } from '../dashboard/field.ts';
import type { JsonObject } from '../dashboard/model.ts';
import { listAt, objectAt, textAt } from '../dashboard/parse-dashboard.ts';
import { askQuery } from '../dashboard/queries/panel-queries.ts';
import { tryRecordedTier } from '../dashboard/queries/variables.ts';
import { type ColourScheme } from '../format/colours.ts';
import { useData, useServices, useStore } from '../hooks/services.ts';
import { Empty } from './empty.tsx';
import type { PanelProps } from './panel-props.ts';
import { type Line, linesOf, startRequests, tryCoarseStart, tryExactStart } from './timeseries-data.ts';

export function TimeSeriesPanel(props: PanelProps) {
  const { panel, answers, range, selection, marks, syncKey, onZoom, onZoomOut } = props;
  const { theme, hostColours } = useServices();
  const scheme = useStore(theme.scheme);
  const { times, series, field } = useMemo(
    () => linesOf(panel, answers, { scheme, slotsOf: hostColours.slotsOf }),
    [panel, answers, scheme],
  );
  const dataStartMs = useDataStart(props);
  const lines = useMemo(() => series.map((line) => chartLine(line, series.length)), [series]);
  const { isShown, ...legend } = legendOf(panel.options);
  return (
    <Chart
      class={`chart-with-legend ${legend.placement}`}
      empty={<NoLines panel={panel} selection={selection} />}
      title={panel.title}
      settings={settingsOf(field, scheme)}
      times={times}
      lines={lines}
      range={range}
      marks={marks}
      dataStartMs={dataStartMs}
      syncKey={syncKey}
      legend={isShown ? legend : undefined}
      onZoom={onZoom}
      onZoomOut={onZoomOut}
    />
  );
}

/**
 * Returns the start of the data in milliseconds since the epoch, queried when the chart begins before its data. `pending` until
 * known. Undefined if the time of the chart's first value is exact.
 */
function useDataStart({ panel, answers, range, selection }: PanelProps): number | 'pending' | undefined {
  const { promql } = useServices();
  const first = tryCoarseStart(answers);
  const isLate = first !== undefined && first.timeMs - first.stepMs > range.fromMs;
  const requests = isLate ? startRequests(panel, { first, selection, nowMs: Date.now() }) : [];
  // The key leaves out the times of the requests: they change at each refresh, and the start does not.
  const key = isLate ? JSON.stringify([first, requests.map(({ query }) => query)]) : undefined;
  const { data, error } = useData(key, async (signal) => {
    const caller = { signal, priority: 'idle' } as const;
    const found = await Promise.all(requests.map((request) => askQuery(promql, request, caller)));
    return { key, startMs: tryExactStart(found) ?? first?.timeMs };
  });
  if (key === undefined || error !== undefined) return undefined;
  return data?.key === key ? data.startMs : 'pending';
}

/** Renders a panel without lines. Recorded means appear later than the raw samples. */
function NoLines({ panel, selection }: Pick<PanelProps, 'panel' | 'selection'>) {
  const tier = tryRecordedTier(selection);
  const why =
    tier === undefined ? undefined : `Long ranges show means recorded every ${tier === '1m' ? 'minute' : '5 minutes'}.`;
  return <Empty panel={panel} selection={selection} why={why} />;
}

function settingsOf(field: Field, scheme: ColourScheme): Omit<ChartSpec, 'series' | 'bands'> {
  const { custom, unit, decimals, min, max, thresholds } = field;
  const isBars = custom['drawStyle'] === 'bars';
  return { unit, decimals, min, max, thresholds, scheme, isBars, thresholdStyle: thresholdStyleOf(field) };
}

/** Overlapping fills of more lines would only darken each other. */
const maxFilled = 6;

function chartLine({ name, owner, labels, colour, column, field }: Line, count: number): ChartLine {
  const { lineWidth = 1, fillOpacity = 0, lineStyle, stacking } = field.custom;
  const fill = objectAt(lineStyle ?? {}, 'custom.lineStyle')['fill'];
  const isStacked = objectAt(stacking ?? {}, 'custom.stacking')['mode'] === 'normal';
  return {
    name,
    owner,
    host: labels['instance'],
    colour,
    column,
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
