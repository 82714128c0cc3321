/** The page's "now": it moves by the refresh interval, while somebody looks, and when asked to. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Now {
  readonly nowMs: number;
  /** Grows when the reader asks: answers kept do not count. */
  readonly refreshCount: number;
  readonly refresh: () => void;
}

/** Undefined: it moves only when asked to. */
export function useNow(refreshMs: number | undefined): Now {
  const [now, setNow] = useState(() => ({ nowMs: Date.now(), refreshCount: 0 }));
  const last = useRef(now.nowMs);
  last.current = now.nowMs;

  useEffect(() => {
    if (refreshMs === undefined) return;
    const move = () => {
      if (document.visibilityState === 'visible' && Date.now() - last.current >= refreshMs - slackMs)
        setNow(({ refreshCount }) => ({ nowMs: Date.now(), refreshCount }));
    };
    const timer = setInterval(move, refreshMs);
    // Whoever comes back to the tab sees the present at once.
    document.addEventListener('visibilitychange', move);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', move);
    };
  }, [refreshMs]);

  const refresh = useCallback(
    () => setNow(({ refreshCount }) => ({ nowMs: Date.now(), refreshCount: refreshCount + 1 })),
    [],
  );
  return { ...now, refresh };
}

/** Timers are early at times. */
const slackMs = 50;
