/** Selects the colour scheme: light, dark or the system's. The browser stores the choice. */
import type { ColourScheme } from '../format/colours.ts';
import { createStore, type Store } from './store.ts';

export type ThemeChoice = 'system' | 'light' | 'dark';

export interface Theme {
  readonly choice: Store<ThemeChoice>;
  /** The scheme in use. */
  readonly scheme: Store<ColourScheme>;
  choose(choice: ThemeChoice): void;
}

const key = 'hostpulse-theme';
const choices: readonly ThemeChoice[] = ['system', 'light', 'dark'];

export function createTheme(window: Window): Theme {
  const { document, localStorage } = window;
  const systemIsDark = window.matchMedia('(prefers-color-scheme: dark)');
  const stored = localStorage.getItem(key);
  const choice = createStore<ThemeChoice>(choices.find((each) => each === stored) ?? 'system');
  const scheme = createStore<ColourScheme>('light');

  function apply(): void {
    const wanted = choice.get();
    if (wanted === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = wanted;
    const system = systemIsDark.matches ? 'dark' : 'light';
    scheme.set(wanted === 'system' ? system : wanted);
  }

  systemIsDark.addEventListener('change', apply);
  apply();
  return {
    choice,
    scheme,
    choose(wanted) {
      localStorage.setItem(key, wanted);
      choice.set(wanted);
      apply();
    },
  };
}
