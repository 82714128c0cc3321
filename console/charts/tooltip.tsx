/** Renders the tooltip of a chart: the time, the values with the nearest value highlighted, and the alerts that started at this time. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatTime, formatterOf } from '../format/values.ts';
import { useStore } from '../hooks/services.ts';
import type { Store } from '../state/store.ts';
import type { ChartCursor, ChartData, ChartSpec } from './chart-data.ts';
import { tooltipRows } from './tooltip-rows.ts';

interface TooltipProps {
  readonly cursor: Store<ChartCursor | undefined>;
  readonly spec: ChartSpec;
  readonly data: ChartData;
}

/** Distance to the pointer in pixels. */
const distance = 14;

export function Tooltip({ cursor, spec, data }: TooltipProps) {
  const at = useStore(cursor);
  const box = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ left: 0, top: 0 });
  const isShown = at?.isHere === true;

  useLayoutEffect(() => {
    const element = box.current;
    const chart = element?.parentElement?.querySelector('.u-over');
    if (!isShown || at === undefined || !element || !chart) return;
    const around = chart.getBoundingClientRect();
    const [x, y] = [around.left + at.left, around.top + at.top];
    const { offsetWidth: width, offsetHeight: height } = element;
    const right = x + distance + width <= innerWidth - 8;
    setPlace({
      left: Math.max(8, right ? x + distance : x - distance - width),
      top: Math.min(Math.max(8, y - height / 2), Math.max(8, innerHeight - height - 8)),
    });
  }, [at]);

  if (!isShown || at === undefined) return null;
  const time = data.times[at.index];
  if (time === undefined) return null;
  const { rows, more } = tooltipRows({ spec, data, at });
  const marks = data.marks.filter(({ timeMs }) => Math.abs(timeMs / 1_000 - time) <= (data.to - data.from) / 120);
  const format = formatterOf(spec.unit);
  return (
    <div class="tooltip" ref={box} style={{ left: `${place.left}px`, top: `${place.top}px` }} aria-hidden="true">
      <div class="tooltip-time">{formatTime(time * 1_000)}</div>
      {marks.slice(0, 4).map(({ title, text, timeMs }) => (
        <div class="tooltip-mark" key={`${timeMs} ${title} ${text}`}>
          <strong>{title}</strong> {text}
        </div>
      ))}
      {rows.map(({ index, name, colour, value, isNearest }) => (
        <div class={isNearest ? 'tooltip-row nearest' : 'tooltip-row'} key={index}>
          <i style={{ background: colour }} />
          <span>{name}</span>
          <b>{format(value, spec.decimals)}</b>
        </div>
      ))}
      {more > 0 ? <div class="tooltip-more">{more} more</div> : null}
    </div>
  );
}
