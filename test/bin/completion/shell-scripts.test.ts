/** Completion in a real bash; zsh and fish get scripts with the same flags. */
import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { agentCommands } from '../../../bin/agent/agent-commands.ts';
import { allCommands } from '../../../bin/all-commands.ts';
import { renderCompletion, shells } from '../../../bin/completion/shell-scripts.ts';
import { runCli } from '../../support/cli.ts';

const hostpulse = { program: 'hostpulse', commands: allCommands() };
const agent = { program: 'hostpulse-agent', commands: agentCommands() };

/** Returns what bash offers for the last of the words. */
function complete(script: string, words: readonly string[], cwd = '/'): readonly string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const [program = ''] = words;
  const run = `${script}
COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}
_${program.replaceAll('-', '_')}; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['-c', run], { encoding: 'utf8', cwd });
  return output.split('\n').filter((line) => line !== '');
}

test('bash completes commands, their flags, and files as values', () => {
  const script = renderCompletion('bash', hostpulse);
  expect(complete(script, ['hostpulse', 'ex'])).toEqual(['exporter']);
  expect(complete(script, ['hostpulse', 'exporter', '--web.listen'])).toEqual(['--web.listen-address']);
  expect(complete(script, ['hostpulse', 'gateway', '--prometheus.u'])).toContain('--prometheus.url');
  expect(complete(script, ['hostpulse', 'relay', '--prometheus.datadir'])).toEqual([]);
  expect(complete(script, ['hostpulse', 'exporter', '--config.file', '/et'])).toEqual(['/etc']);
  expect(complete(script, ['hostpulse', 'exporter', '--config.file', '=', '/et'])).toEqual(['/etc']);
});

test("bash completes the agent's flags without a command, and its commands", () => {
  const script = renderCompletion('bash', agent);
  expect(complete(script, ['hostpulse-agent', '--once'])).toEqual(['--once']);
  expect(complete(script, ['hostpulse-agent', 'snap'])).toEqual(['snapshot']);
  expect(complete(script, ['hostpulse-agent', 'snapshot', '--wat'])).toEqual(['--watch']);
});

test.each(shells)('%s knows every flag of the agent and hides hidden ones', (shell) => {
  const script = renderCompletion(shell, agent);
  for (const flag of ['config.file', 'web.listen-address', 'path.procfs', 'once'])
    expect(script).toContain(shell === 'fish' ? ` -l ${flag} -` : `--${flag}`);
  expect(script).not.toContain('no-collector.');
  expect(script).not.toContain('undefined');
});

test('the command prints the script of a shell, and explains an unknown one', async () => {
  expect(await runCli(['completion', 'bash'])).toMatchObject({ code: 0, stdout: renderCompletion('bash', hostpulse) });
  expect(await runCli(['completion', 'tcsh'])).toMatchObject({
    code: 2,
    stderr: 'hostpulse completion: expected bash, zsh, fish, got "tcsh"\n',
  });
});
