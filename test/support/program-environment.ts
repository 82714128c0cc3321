/** Creates the environment of hostpulse's programs in tests, without settings of the machine. */

/** Returns the variables PATH and NODE_COMPILE_CACHE, the folder in which `npm test` keeps compiled code between starts of a program. */
export function programEnvironment(): Record<string, string> {
  const names = ['PATH', 'NODE_COMPILE_CACHE'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
