/** Arrow keys in a list of buttons; the first one to have the focus gets it when the list appears. */
import { useLayoutEffect, useRef } from 'preact/hooks';

const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };

/** For the list's element. */
export function useListKeys(first: number) {
  const list = useRef<HTMLUListElement>(null);
  const buttons = () => [...(list.current?.querySelectorAll('button') ?? [])];
  // At once: the next key may be on its way.
  useLayoutEffect(() => buttons()[first]?.focus(), []);
  return {
    ref: list,
    onKeyDown(event: KeyboardEvent) {
      const step = steps[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const all = buttons();
      const at = all.indexOf(document.activeElement as HTMLButtonElement);
      all[Math.min(Math.max(at + step, 0), all.length - 1)]?.focus();
    },
  };
}
