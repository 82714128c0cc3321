/** The environment of hostpulse's programs in tests: no setting of the machine reaches them. */

/** Returns the search path, and the folder where `npm test` keeps compiled code between starts of a program. */
export function programEnvironment(): Record<string, string> {
  const names = ['PATH', 'NODE_COMPILE_CACHE'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
