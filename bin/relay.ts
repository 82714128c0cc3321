/** `hostpulse relay`: runs the relay, or one of its subcommands. */

type Run = (argv: readonly string[]) => Promise<void>;

/** Each subcommand is loaded when it is run. */
const commands: Readonly<Record<string, () => Promise<Run>>> = {
  route: async () => (await import('./relay/relay-route.ts')).run,
  test: async () => (await import('./relay/relay-test.ts')).run,
  oncall: async () => (await import('./relay/relay-oncall.ts')).run,
  dead: async () => (await import('./relay/relay-dead.ts')).run,
  reload: async () => (await import('./relay/relay-reload.ts')).run,
};

export async function run(argv: readonly string[]): Promise<void> {
  const [name = '', ...rest] = argv;
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load !== undefined) return (await load())(rest);
  if (name !== '' && !name.startsWith('-')) {
    const { didYouMean } = await import('../common/program/settings/nearest-name.ts');
    const known = Object.keys(commands);
    const hint = didYouMean(name, known);
    process.stderr.write(`hostpulse relay: unknown command "${name}" (${known.join(', ')})${hint}\n`);
    process.exitCode = 2;
    return;
  }
  const { relay } = await import('../alert-relay/main.ts');
  const { runProgram } = await import('./cli/run.ts');
  return runProgram(relay, argv);
}
