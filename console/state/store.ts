/** Observable values. Components that read one with `useStore` render again when the value changes. */
import { useEffect, useState } from 'preact/hooks';

export interface Store<T> {
  get(): T;
  /** Notifies the listeners if the value differs. */
  set(value: T): void;
  /** Returns a function that ends the subscription. */
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
    take(); // the value may have changed since the render
    return store.subscribe(take);
  }, [store]);
  return value.of;
}
