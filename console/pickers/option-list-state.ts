/**
 * Computes the state of an open list of options. The active option is stored by name, so that options that arrive, disappear or move
 * while the list is open never change the choice of the keyboard.
 */
import { findOptions } from './find-options.ts';

/** Value of the option "All". */
export const allOption = '$__all';

export interface OptionListState {
  readonly search: string;
  /** Undefined or no longer listed: the first option is active. */
  readonly active: string | undefined;
  readonly marked: readonly string[];
  /** Whether the user marked options, which are applied when the list closes. */
  readonly isChanged: boolean;
}

export function initialState(selected: 'all' | readonly string[]): OptionListState {
  const marked = selected === 'all' ? [allOption] : selected;
  return { search: '', active: marked[0], marked, isChanged: false };
}

export function listedOptions(options: readonly string[], hasAll: boolean, { search }: OptionListState) {
  return findOptions(options, { search, first: hasAll && search === '' ? [allOption] : [] });
}

/** Returns the index of the active option. 0 for an empty list. */
export function activeIndex(shown: readonly string[], { active }: OptionListState): number {
  return Math.max(active === undefined ? 0 : shown.indexOf(active), 0);
}

/** Moves the active option by `step`, without leaving the list. */
export function moved(state: OptionListState, shown: readonly string[], step: number): OptionListState {
  const index = Math.min(Math.max(activeIndex(shown, state) + step, 0), shown.length - 1);
  return { ...state, active: shown[index] };
}

/** Marks or unmarks an option. At least one option stays marked. */
export function toggled(state: OptionListState, option: string, hasAll: boolean): OptionListState {
  const others = state.marked.filter((each) => each !== option && each !== allOption);
  const isMarked = state.marked.includes(option);
  const only = hasAll ? allOption : option;
  const marked = option === allOption || (isMarked && others.length === 0) ? [only] : others;
  const isAdded = option !== allOption && !isMarked;
  return { ...state, active: option, marked: isAdded ? [...others, option] : marked, isChanged: true };
}

/**
 * Returns the values that Enter selects: the active option, or the marked options and the active option of a search. While no options
 * are known, returns the typed text. Returns undefined if nothing can be selected.
 */
export function entered(
  state: OptionListState,
  { shown, isLoaded }: { readonly shown: readonly string[]; readonly isLoaded: boolean },
): readonly string[] | undefined {
  const { search, marked, isChanged } = state;
  const option = shown[activeIndex(shown, state)];
  if (isChanged) return search === '' || option === undefined || marked.includes(option) ? marked : [...marked, option];
  if (option !== undefined && (isLoaded || search === '')) return [option];
  return isLoaded || search.trim() === '' ? undefined : [search.trim()];
}
