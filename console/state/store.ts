/** A value that changes and says so; parts of the page that use it are drawn anew. */
import { useEffect, useState } from 'preact/hooks';

export interface Store<T> {
  get(): T;
  /** Tells the listeners, unless it is the same value. */
  set(value: T): void;
  /** Returns what ends it. */
  subscribe(listener: () => void): () => void;
}

export function createStore<T>(initial: T): Store<T> {
  const listeners = new Set<() => void>();
  let current = initial;
  return {
    get: () => current,
    set(value) {
      if (Object.is(value, current)) return;
      current = value;
      for (const listener of Array.from(listeners)) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

export function useStore<T>(store: Store<T>): T {
  const [value, setValue] = useState({ of: store.get() });
  useEffect(() => {
    const take = () => setValue((before) => (Object.is(before.of, store.get()) ? before : { of: store.get() }));
    take(); // it may have changed between drawing and now
    return store.subscribe(take);
  }, [store]);
  return value.of;
}
