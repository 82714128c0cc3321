/** Replaces the content of a panel without data. */
import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { fieldOf } from '../dashboard/field.ts';
import type { Panel, Selection } from '../dashboard/model.ts';
import { type FirstSample, tryCollectingText } from '../dashboard/queries/collecting.ts';

/** First sample of the selected hosts. Undefined until known, and for ranges in the past. */
export const FirstSampleContext = createContext<FirstSample | undefined>(undefined);

interface EmptyProps {
  readonly panel: Panel;
  readonly selection: Selection;
  /** Reason in small print. */
  readonly why?: string | undefined;
}

export function Empty({ panel, selection, why }: EmptyProps) {
  const { noValue } = fieldOf(panel.fieldConfig, { name: '' });
  const first = useContext(FirstSampleContext);
  const isPlain = noValue === undefined || noValue === '–';
  const isWaiting = isPlain && first !== undefined && first !== 'old';
  const nowMs = useSeconds(isWaiting ? 1_000 : undefined);
  const collecting = isWaiting ? tryCollectingText(first, selection, nowMs) : undefined;
  return (
    <p class="panel-empty">
      {collecting ?? noValue ?? 'No data'}
      {why === undefined ? null : <small>{why}</small>}
    </p>
  );
}

/** Returns the time, renewed every `intervalMs`. */
function useSeconds(intervalMs: number | undefined): number {
  const [nowMs, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (intervalMs === undefined) return;
    const timer = setInterval(() => setNow(Date.now()), intervalMs);
    return () => clearInterval(timer);
  }, [intervalMs]);
  return nowMs;
}
