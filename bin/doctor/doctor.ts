/** `hostpulse doctor`: examines a server and says what to do about each fault. */
import { Command, Option } from 'commander';
import { addGatewayClientFlags, explainClientError } from '../cli/gateway-client.ts';
import { addExamples } from '../cli/help/examples.ts';
import { print, withoutControls } from '../cli/table.ts';
import { checks } from './checks.ts';
import { type Examined, examine } from './examine.ts';
import { findSite, type SiteFlags } from './site/find-site.ts';
import { counted } from './site/finding.ts';

/** Sets the exit code: 0 without faults, 1 with faults, 2 for a usage error. */
export async function run(argv: readonly string[]): Promise<void> {
  const command = createCommand().exitOverride().allowExcessArguments(false);
  try {
    await command.parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    process.exitCode = explainClientError('hostpulse doctor', thrown);
  }
}

export function createCommand(): Command {
  const command = addGatewayClientFlags(new Command('hostpulse doctor'))
    .description('examine a server and print what is wrong and what to do')
    .option(
      '--config.file <path>',
      'settings of hostpulse up [default: /etc/hostpulse/hostpulse.yml if no stack is here]',
    )
    .option('--port-offset <n>', 'the --port-offset of hostpulse up, for a stack that does not run')
    .addOption(new Option('--output <format>', 'format of the findings').choices(['text', 'json']).default('text'))
    .action(diagnose);
  return addExamples(
    command,
    ['', 'examine the stack in ./data, or the service of this machine'],
    ['--url https://monitoring.example.com --api-key-file key', 'examine a server elsewhere, as far as its API tells'],
    ['--output json', 'print the findings for a program'],
  );
}

interface DoctorFlags extends SiteFlags {
  readonly output: 'text' | 'json';
}

async function diagnose({ output, ...flags }: DoctorFlags): Promise<void> {
  const examined = await examine(findSite(flags, process.env), checks);
  if (output === 'json')
    print(
      JSON.stringify(
        examined.map(({ check, finding }) => ({ check, ...finding })),
        undefined,
        2,
      ),
    );
  else printFindings(examined);
  if (examined.some(({ finding }) => finding.level === 'fault')) process.exitCode = 1;
}

function printFindings(examined: readonly Examined[]): void {
  const width = Math.max(...examined.map(({ check }) => check.length));
  for (const { check, finding } of examined) {
    print(`${finding.level.padEnd(7)}  ${check.padEnd(width)}  ${oneLine(finding.message)}`);
    if (finding.level !== 'ok') print(`${' '.repeat(width + 11)}-> ${oneLine(finding.remedy)}`);
  }
  const count = (level: string): number => examined.filter(({ finding }) => finding.level === level).length;
  print(`\n${counted(count('fault'), 'fault')}, ${counted(count('warning'), 'warning')}, ${count('ok')} ok`);
}

/** Replaces line breaks and control characters: an error message may contain text from a remote server. */
function oneLine(text: string): string {
  return withoutControls(text.replaceAll(/\s+/g, ' '));
}
