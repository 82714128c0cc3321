/** Checks commands of npm and node, and of the programs that the tests have. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentBuilders } from '../../../scripts/package/agent-artefacts.ts';
import { serverBuilders } from '../../../scripts/package/server-artefacts.ts';
import { suites } from '../../../scripts/tools/tool-folders.ts';
import { binaryPath } from '../binaries.ts';
import { hasFlag } from '../deployed-programs.ts';
import { hostpulseProblems } from './hostpulse-rule.ts';
import { root } from './named-things.ts';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** Checks the script and its arguments, or the flags of npm by the help of npm. */
export function npmProblems(args: readonly string[]): readonly string[] {
  const [verb = '', ...rest] = args;
  const script = verb === 'run' ? (rest.shift() ?? '') : verb;
  if (verb !== 'run' && !['start', 'test'].includes(verb)) return npmFlagProblems(verb, rest);
  if (scripts[script] === undefined) return [`package.json has no script ${script}`];
  const [separator, ...given] = rest;
  if (separator === undefined) return [];
  if (separator !== '--') return [`expected -- before ${separator}`];
  if (script === 'start') return hostpulseProblems(['up', ...given]);
  return argumentProblems(script, given);
}

function npmFlagProblems(verb: string, flags: readonly string[]): readonly string[] {
  const { stdout } = spawnSync('npm', [verb, '--help'], { encoding: 'utf8' });
  if (!stdout.includes(`npm ${verb}`)) return [`npm has no command ${verb}`];
  return flags.filter((flag) => !hasFlag(stdout, flag)).map((flag) => `npm ${verb} has no ${flag}`);
}

/** Programs that get the arguments of a script, by the name of the script. */
const programOf: Readonly<Record<string, string>> = {
  package: 'scripts/package/index.ts',
  'test:install': 'test/install/install.ts',
  'test:versions': 'scripts/test-versions.ts',
  'test:packages': 'test/packages/all-packages.ts',
};

/** Checks that the tests and packages exist. Checks other arguments by the text of the program, which has flags and names as literals. */
function argumentProblems(script: string, given: readonly string[]): readonly string[] {
  if (['test:unit', 'test:e2e', 'test:faults'].includes(script)) {
    const tests = globSync('test/**/*.test.ts', { cwd: root });
    const unknown = given.filter((word) => !/^[A-Z<]/.test(word) && !tests.some((path) => path.includes(word)));
    return unknown.map((word) => `no test file matches ${word}`);
  }
  if (script === 'package' || script === 'test:packages') {
    const names = given.filter((word) => word !== '--only' && word !== 'all');
    return names.filter((name) => !packages().includes(name)).map((name) => `no package is named ${name}`);
  }
  const file = programOf[script] ?? `${script.replace(':', '/')}.ts`;
  if (!existsSync(join(root, file))) return [`no rule for arguments of ${script}`];
  return literalProblems(file, given);
}

/** Returns the names of the packages that `npm run package` builds. Builds no package. */
function packages(): readonly string[] {
  const release = { version: '0.0.0', timeSeconds: 0 };
  const agents = agentBuilders(release);
  return [...agents.keys(), ...serverBuilders(release, agents).keys()];
}

/** Returns a problem for each word that neither the text of the file nor the list of Debian suites contains. */
function literalProblems(file: string, given: readonly string[]): readonly string[] {
  const text = [readFileSync(join(root, file), 'utf8'), ...suites].join('\n');
  const words = given.filter((word) => !/^\d+$/.test(word)).flatMap((word) => word.replace(/^--/, '').split(','));
  return words.filter((word) => !new RegExp(`\\b${word}\\b`).test(text)).map((word) => `${file} does not know ${word}`);
}

/** Checks the file that node runs and its arguments. Runs code that is given on the command line. */
export function nodeProblems(args: readonly string[]): readonly string[] {
  if (args.includes('-e')) return codeProblems(args);
  const at = args.findIndex((word) => /\.(?:ts|js|cjs)$/.test(word));
  const [file = '', ...given] = args.slice(at);
  if (at === -1) return [`expected a file, got ${args.join(' ')}`];
  if (file === 'dist/bin/hostpulse.js') return hostpulseProblems(given);
  if (!existsSync(join(root, file))) return [`there is no ${file}`];
  return (argumentsOf[file] ?? ((words) => literalProblems(file, words)))(given);
}

const isCheck = (words: readonly string[]): readonly string[] =>
  words.filter((word) => word !== '--check').map((word) => `expected --check, got ${word}`);

/** Checks of the arguments of some files. The arguments of all other files are literals in the text of the file. */
const argumentsOf: Readonly<Record<string, (words: readonly string[]) => readonly string[]>> = {
  'rules/generate.ts': isCheck,
  'scripts/launch.cjs': ([task = '', ...rest]) =>
    npmProblems(['run', task, ...(rest.length > 0 ? ['--', ...rest] : [])]),
  'scripts/check/index.ts': (words) =>
    words
      .filter((word) => !existsSync(join(root, `scripts/check/${word}.ts`)))
      .map((word) => `no check is named ${word}`),
  'test/support/fixtures.ts': ([verb = '', ...folders]) =>
    ['pack', 'unpack'].includes(verb) && folders.length === 2 ? [] : ['expected pack or unpack and two folders'],
};

/** Runs the code of `node -e`. */
function codeProblems(args: readonly string[]): readonly string[] {
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? [] : [stderr];
}

/** Checks a command of promtool or amtool, and its flags, by the help of the command. */
export function prometheusToolProblems(program: 'promtool' | 'amtool', args: readonly string[]): readonly string[] {
  const words = args.filter((word) => /^[a-z-]+$/.test(word)).slice(0, 2);
  const flags = args.filter((word) => word.startsWith('--'));
  const { status, stdout, stderr } = spawnSync(binaryPath(program), [...words, '--help'], { encoding: 'utf8' });
  const help = stdout + stderr;
  if (status !== 0) return [`${program} has no command ${words.join(' ')}`];
  return flags.filter((flag) => !hasFlag(help, flag)).map((flag) => `${program} has no flag ${flag}`);
}

/** Checks flags by the help of a program of VictoriaMetrics. */
export function victoriaMetricsProblems(
  program: 'victoria-metrics' | 'vmalert',
  args: readonly string[],
): readonly string[] {
  const { stdout, stderr } = spawnSync(binaryPath(program), ['-help'], { encoding: 'utf8' });
  const help = stdout + stderr;
  return args.filter((flag) => !hasFlag(help, flag)).map((flag) => `${program} has no flag ${flag}`);
}
