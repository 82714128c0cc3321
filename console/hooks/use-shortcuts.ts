/** Registers keyboard shortcuts while a component is mounted. */
import { useEffect, useRef } from 'preact/hooks';
import type { Shortcut } from '../state/shortcuts.ts';
import { useServices } from './services.ts';

/** The keys must stay the same on each render; the functions may change. */
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
