/** Keys that do something. The help dialog shows the same list; keys typed into a field are the field's. */
import { createStore, type Store } from './store.ts';

export interface Shortcut {
  /** As `KeyboardEvent.key` has it; two that follow one another with a blank between: `g o`. */
  readonly keys: string;
  readonly label: string;
  readonly run: () => void;
}

export interface Shortcuts {
  /** Those that work now, in the order in which they were added. */
  readonly list: Store<readonly Shortcut[]>;
  /** Returns what takes them away. */
  add(shortcuts: readonly Shortcut[]): () => void;
}

/** How long the second key of two is waited for. */
const pairMs = 1_000;

export function createShortcuts(window: Window): Shortcuts {
  const list = createStore<readonly Shortcut[]>([]);
  let first: { readonly key: string; readonly timeMs: number } | undefined;

  window.addEventListener('keydown', (event) => {
    const { key, target, timeStamp } = event;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(target)) return;
    if (window.document.querySelector('dialog[open]') !== null) return;
    const pair = first !== undefined && timeStamp - first.timeMs < pairMs ? `${first.key} ${key}` : undefined;
    const found = list.get().findLast(({ keys }) => keys === pair || keys === key);
    first = found === undefined ? { key, timeMs: timeStamp } : undefined;
    if (found === undefined) return;
    event.preventDefault();
    found.run();
  });

  return {
    list,
    add(shortcuts) {
      list.set([...list.get(), ...shortcuts]);
      return () => list.set(list.get().filter((each) => !shortcuts.includes(each)));
    },
  };
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'));
}
