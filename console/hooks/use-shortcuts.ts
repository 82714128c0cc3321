/** Keys of a part of the page. */
import { useEffect, useRef } from 'preact/hooks';
import type { Shortcut } from '../state/shortcuts.ts';
import { useServices } from './services.ts';

/** They work as long as the part is drawn: always the same keys; what they run may differ at each drawing. */
export function useShortcuts(wanted: readonly Shortcut[]): void {
  const { shortcuts } = useServices();
  const newest = useRef(wanted);
  newest.current = wanted;
  useEffect(
    () =>
      shortcuts.add(wanted.map(({ keys, label }, index) => ({ keys, label, run: () => newest.current[index]?.run() }))),
    [shortcuts],
  );
}
