/** Returns a function that calls `create` at most once and returns the same promise afterwards. */
export function once<Value>(create: () => Promise<Value>): () => Promise<Value> {
  let created: Promise<Value> | undefined;
  return () => (created ??= create());
}
