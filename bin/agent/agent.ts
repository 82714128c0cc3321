/**
 * The command line of the single executable `hostpulse-agent`: that of `hostpulse exporter`, and the commands of the list.
 * Its Node flags are built in (scripts/package/agent/).
 */
import { passwordChildCommand } from '../../common/http/web-config/password-check.ts';
import { exporter } from '../../exporter/main.ts';
import { runProgram } from '../cli/run.ts';

const executable = 'hostpulse-agent';

type RunCommand = (argv: readonly string[]) => Promise<void>;

const commands: Readonly<Record<string, RunCommand>> = {
  exporter: (argv) => runProgram(exporter, argv, executable),
  async snapshot(argv) {
    const { snapshot } = await import('../../exporter/snapshot/command.ts');
    await runProgram(snapshot, argv, `${executable} snapshot`);
  },
  async completion([shell]) {
    const { printCompletion } = await import('../completion/completion-command.ts');
    const { agentCommands } = await import('./agent-commands.ts');
    process.exitCode = printCompletion(shell, { program: executable, commands: agentCommands() });
  },
  async [passwordChildCommand]() {
    // bcrypt takes ten times as long without the optimizing compilers, which the built-in flags switch off.
    const { setFlagsFromString } = process.getBuiltinModule('node:v8');
    for (const flag of ['--opt', '--maglev']) setFlagsFromString(flag);
    await import('../../common/http/web-config/password-child.ts');
  },
};

const argv = process.argv.slice(2);
const [name = ''] = argv;
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
await (command === undefined ? runProgram(exporter, argv, executable) : command(argv.slice(1)));
