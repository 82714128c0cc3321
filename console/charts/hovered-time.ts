/** The time under the cursor, for parts of the page beside the charts. */
import { createContext } from 'preact';
import type { Store } from '../state/store.ts';

/** Epoch milliseconds; undefined while the pointer is in no chart. Undefined where no part follows the cursor. */
export const HoveredTimeContext = createContext<Store<number | undefined> | undefined>(undefined);
