/** The list of a picker: arrow keys, search, marks, and options that change while the list is open. */
import { describe, expect, test } from '@jest/globals';
import {
  activeIndex,
  allOption,
  entered,
  initialState,
  listedOptions,
  moved,
  type OptionListState,
  toggled,
} from '../../../console/pickers/option-list-state.ts';

const hosts = ['web-1', 'web-2', 'web-10', 'db-1'];

function enter(state: OptionListState, options: readonly string[] | 'loading' = hosts) {
  const isLoaded = options !== 'loading';
  const { shown } = listedOptions(isLoaded ? options : [], true, state);
  return entered(state, { shown, isLoaded });
}

/** Moves down in the list of `hosts`. */
function down(state: OptionListState, steps: number): OptionListState {
  return moved(state, listedOptions(hosts, true, state).shown, steps);
}

describe('Enter selects', () => {
  test.each([
    ['the selected option at first', initialState(['web-2']), ['web-2']],
    ['All at first', initialState('all'), [allOption]],
    ['the option of the arrow keys', down(initialState('all'), 2), ['web-1']],
    ['the last option after too many steps', down(initialState('all'), 99), ['web-10']],
    ['All after too many steps back', down(initialState(['db-1']), -9), [allOption]],
    ['the first match of a search', { ...initialState('all'), search: 'web-1', active: undefined }, ['web-1']],
    [
      'the match of the arrow keys',
      down({ ...initialState('all'), search: 'web-1', active: undefined }, 1),
      ['web-10'],
    ],
    ['nothing without a match', { ...initialState('all'), search: 'mail', active: undefined }, undefined],
    ['the marked options', toggled(toggled(initialState('all'), 'web-2', true), 'db-1', true), ['web-2', 'db-1']],
    [
      'the marked options and the one searched for',
      { ...toggled(initialState('all'), 'web-2', true), search: 'db', active: undefined },
      ['web-2', 'db-1'],
    ],
  ] as const)('%s', (_, state, values) => expect(enter(state)).toEqual(values));

  test('the typed text while the options load', () => {
    expect(enter({ ...initialState('all'), search: ' web-7 ', active: undefined }, 'loading')).toEqual(['web-7']);
  });
});

test('options that arrive while the list is open leave the active option', () => {
  const state = down(initialState('all'), 3);
  expect(enter(state)).toEqual(['web-2']);
  expect(enter(state, ['app-1', 'app-2', ...hosts])).toEqual(['web-2']);
  expect(activeIndex(['web-1'], state)).toBe(0);
});

test('the last mark cannot be removed', () => {
  const one = toggled(initialState('all'), 'web-1', true);
  expect([one.marked, toggled(one, 'web-1', true).marked]).toEqual([['web-1'], [allOption]]);
  expect(toggled(initialState(['web-1']), 'web-1', false).marked).toEqual(['web-1']);
});
