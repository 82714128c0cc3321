/** Reads the command line of a benchmark, which is declared as one table. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../common/program/package.ts';

type FlagTable = Readonly<Record<string, readonly [defaultValue: string | number | boolean, help: string]>>;

export type FlagValues<T extends FlagTable> = {
  readonly [Name in keyof T]: T[Name][0] extends number ? number : T[Name][0] extends boolean ? boolean : string;
};

/** The flag of benchmarks that run the built command line. */
export const programFlag = {
  program: [join(packageRoot(), 'dist', 'bin', 'hostpulse.js') as string, 'the built command line'],
} as const satisfies FlagTable;

/**
 * Returns the values by flag name. A value is a number when the default is a number. For `--help`, prints the table and ends the
 * process. Throws for an unknown flag, and when `program` does not exist.
 */
export function readFlags<const T extends FlagTable>(name: string, table: T): FlagValues<T> {
  const typeOf = (value: unknown) => ({ type: typeof value === 'boolean' ? 'boolean' : 'string' }) as const;
  const options = Object.entries({ ...table, help: [false] as const }).map(([flag, [value]]) => [flag, typeOf(value)]);
  const { values } = parseArgs({ options: Object.fromEntries(options) as Record<string, ReturnType<typeof typeOf>> });
  if (values['help'] === true) {
    const rows = Object.entries(table).map(
      ([flag, [value, help]]) => `  --${flag.padEnd(16)}${help}${value === false ? '' : ` (default ${value})`}\n`,
    );
    process.stdout.write(`node bench/${name}.ts [flags]\n${rows.join('')}`);
    process.exit(0);
  }
  const read = Object.entries(table).map(([flag, [standard]]) => {
    const given = values[flag] ?? standard;
    return [flag, typeof standard === 'number' ? Number(given) : given];
  });
  const flags = Object.fromEntries(read) as FlagValues<T>;
  if ('program' in flags && !existsSync(String(flags.program)))
    throw new Error(`${flags.program} is missing: npm run build makes it`);
  return flags;
}
