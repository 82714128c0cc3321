/** A chart with its tooltip. The chart takes the size of its container. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { createStore } from '../state/store.ts';
import { type Chart, createChart } from './chart.ts';
import { tryDataStart } from './chart-data.ts';
import type { ChartCursor, ChartData, ChartSpec } from './chart-spec.ts';
import { Tooltip } from './tooltip.tsx';

interface ChartViewProps {
  readonly spec: ChartSpec;
  readonly data: ChartData;
  readonly syncKey: string;
  /** Description for screen readers. */
  readonly description: string;
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly onZoomOut: () => void;
}

export function ChartView(props: ChartViewProps) {
  const { spec, data, syncKey, description } = props;
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | undefined>(undefined);
  const newest = useRef(props);
  newest.current = props;
  const [cursor] = useState(() => createStore<ChartCursor | undefined>(undefined));
  const key = JSON.stringify(spec);
  const dataStart = useMemo(() => tryDataStart(data), [data]);
  const drawn = useRef<ChartData | undefined>(undefined);

  useEffect(() => {
    if (place.current === null) return;
    const element = place.current;
    const made = createChart({
      place: element,
      spec,
      data: newest.current.data,
      syncKey,
      onCursor: (at) => cursor.set(at),
      onZoom: (fromMs, toMs) => newest.current.onZoom(fromMs, toMs),
      onZoomOut: () => newest.current.onZoomOut(),
    });
    chart.current = made;
    drawn.current = newest.current.data;
    const sizes = new ResizeObserver(() => made.resize(element.clientWidth, element.clientHeight));
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      made.destroy();
      chart.current = undefined;
      cursor.set(undefined);
    };
  }, [key, syncKey]);

  useEffect(() => {
    if (drawn.current === data) return;
    drawn.current = data;
    chart.current?.update(data);
  }, [data]);

  return (
    <div class="chart" role="img" aria-label={dataStart === undefined ? description : `${description}; ${dataStart}`}>
      <div class="chart-canvas" ref={place} />
      {dataStart === undefined ? null : <span class="chart-data-start">{dataStart}</span>}
      <Tooltip cursor={cursor} spec={spec} data={data} />
    </div>
  );
}
