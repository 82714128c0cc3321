/** Checks commands of npm and node, and of the programs that the tests have. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { binaryPath } from '../binaries.ts';
import { hostpulseProblem } from './hostpulse-rule.ts';
import { root } from './named-things.ts';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

const of = (problem: string | undefined): readonly string[] => (problem === undefined ? [] : [problem]);

/** Checks the script and its arguments, or the flags of npm by the help of npm. */
export function npmProblems(args: readonly string[]): readonly string[] {
  const [verb = '', ...rest] = args;
  const script = verb === 'run' ? (rest.shift() ?? '') : verb;
  if (verb !== 'run' && !['start', 'test'].includes(verb)) return npmFlagProblems(verb, rest);
  if (scripts[script] === undefined) return [`package.json has no script ${script}`];
  const [separator, ...given] = rest;
  if (separator === undefined) return [];
  if (separator !== '--') return [`expected -- before ${separator}`];
  if (script === 'start') return of(hostpulseProblem(['up', ...given]));
  return argumentProblems(script, given);
}

function npmFlagProblems(verb: string, flags: readonly string[]): readonly string[] {
  const { stdout } = spawnSync('npm', [verb, '--help'], { encoding: 'utf8' });
  if (!stdout.includes(`npm ${verb}`)) return [`npm has no command ${verb}`];
  return flags.filter((flag) => !stdout.includes(flag.replace(/=.*/s, ''))).map((flag) => `npm ${verb} has no ${flag}`);
}

/** The program that gets the arguments of a script. */
const programOf: Readonly<Record<string, string>> = {
  package: 'scripts/package/index.ts',
  'test:install': 'test/install/install.ts',
  'test:versions': 'scripts/test-versions.ts',
  'test:packages': 'test/packages/all-packages.ts',
};

/** Checks patterns of tests by the files, and other arguments by the text of the program: flags and names are literals there. */
function argumentProblems(script: string, given: readonly string[]): readonly string[] {
  if (['test:unit', 'test:e2e', 'test:faults'].includes(script)) {
    const tests = globSync('test/**/*.test.ts', { cwd: root });
    const unknown = given.filter((word) => !/^[A-Z<]/.test(word) && !tests.some((path) => path.includes(word)));
    return unknown.map((word) => `no test file matches ${word}`);
  }
  if (script === 'package' || script === 'test:packages') {
    const names = given.filter((word) => word !== '--only' && word !== 'all');
    const unknown = names.filter(
      (name) => !/^(?:agent|deb|rpm|server|server-deb)-(?:linux|darwin|win)-(?:x64|arm64)$/.test(name),
    );
    return unknown.map((name) => `no package is named ${name}`);
  }
  const file = programOf[script] ?? `${script.replace(':', '/')}.ts`;
  if (!existsSync(join(root, file))) return [`no rule for arguments of ${script}`];
  return literalProblems(file, given);
}

function literalProblems(file: string, given: readonly string[]): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8') + suiteNames;
  const words = given.filter((word) => !/^\d+$/.test(word)).flatMap((word) => word.replace(/^--/, '').split(','));
  return words.filter((word) => !new RegExp(`\\b${word}\\b`).test(text)).map((word) => `${file} does not know ${word}`);
}

/** The names of Debian suites, which some programs import. */
const suiteNames = readFileSync(join(root, 'scripts/tools/tool-folders.ts'), 'utf8');

/** Checks the file that node runs and its arguments. Runs code that is given on the command line. */
export function nodeProblems(args: readonly string[]): readonly string[] {
  if (args.includes('-e')) return codeProblems(args);
  const at = args.findIndex((word) => /\.(?:ts|js|cjs)$/.test(word));
  const [file = '', ...given] = args.slice(at);
  if (at === -1) return [`expected a file, got ${args.join(' ')}`];
  if (file === 'dist/bin/hostpulse.js') return of(hostpulseProblem(given));
  if (!existsSync(join(root, file))) return [`there is no ${file}`];
  return (argumentsOf[file] ?? ((words) => literalProblems(file, words)))(given);
}

const isCheck = (words: readonly string[]): readonly string[] =>
  words.filter((word) => word !== '--check').map((word) => `expected --check, got ${word}`);

/** Checks of arguments by file. The arguments of all other files are literals in the file. */
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

/** Runs the code. */
function codeProblems(args: readonly string[]): readonly string[] {
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? [] : [stderr];
}

/** Checks a command of promtool or amtool: the program prints help for the command with its flags. */
export function prometheusToolProblems(program: 'promtool' | 'amtool', args: readonly string[]): readonly string[] {
  const words = args.filter((word) => /^[a-z-]+$/.test(word)).slice(0, 2);
  const flags = args.filter((word) => word.startsWith('--')).map((word) => word.replace(/=.*/s, ''));
  const { status, stdout, stderr } = spawnSync(binaryPath(program), [...words, '--help'], { encoding: 'utf8' });
  const help = stdout + stderr;
  if (status !== 0) return [`${program} has no command ${words.join(' ')}`];
  return flags.filter((flag) => !help.includes(flag)).map((flag) => `${program} has no flag ${flag}`);
}

/** Checks flags by the help of a program of VictoriaMetrics. */
export function victoriaMetricsProblems(
  program: 'victoria-metrics' | 'vmalert',
  args: readonly string[],
): readonly string[] {
  const { stdout, stderr } = spawnSync(binaryPath(program), ['-help'], { encoding: 'utf8' });
  const help = stdout + stderr;
  const unknown = args
    .map((word) => word.replace(/=.*/s, ''))
    .filter((flag) => !new RegExp(`^ +${flag}\\b`, 'm').test(help));
  return unknown.map((flag) => `${program} has no flag ${flag}`);
}
