/** Returns the current time of a view. The time advances by the refresh interval while the tab is visible, and when the user refreshes. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Now {
  readonly nowMs: number;
  /** Incremented when the user refreshes, to bypass cached answers. */
  readonly refreshCount: number;
  readonly refresh: () => void;
}

/** Returns the current time of a view. Without an interval, the time advances on request only. */
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
    // A tab that becomes visible again is updated at once.
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

/** Timers can fire early. */
const slackMs = 50;
