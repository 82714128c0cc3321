/** Handles keyboard shortcuts. Ignores keys typed into a field. */
import { createStore, type Store } from './store.ts';

export interface Shortcut {
  /** A value of `KeyboardEvent.key`, or two of them in sequence, separated by a blank: `g o`. */
  readonly keys: string;
  readonly label: string;
  readonly run: () => void;
}

export interface Shortcuts {
  /** Active shortcuts, in the order of registration. */
  readonly list: Store<readonly Shortcut[]>;
  /** Returns a function that removes the shortcuts. */
  add(shortcuts: readonly Shortcut[]): () => void;
}

/** Maximum time between the two keys of a sequence. */
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
