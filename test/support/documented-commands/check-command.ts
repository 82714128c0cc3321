/** Finds the rule for a documented command. A command without a rule is a problem. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  assignmentProblems,
  dockerProblems,
  helmProblems,
  journalctlProblems,
  kubectlProblems,
  packageManagerProblems,
  systemctlProblems,
} from './deployment-rules.ts';
import { agentProblems, hostpulseProblems } from './hostpulse-rule.ts';
import { curlProblems, wgetProblems } from './http-rules.ts';
import { isInDataDirectory, isInRepository, isPackageFile, root, users } from './named-things.ts';
import { nodeProblems, npmProblems, prometheusToolProblems, victoriaMetricsProblems } from './program-rules.ts';
import type { ShellCommand } from './shell-commands.ts';

type Rule = (args: readonly string[]) => readonly string[];

/** Returns a rule for a program of the system. The rule accepts the flags `known` and all other words. */
function flags(...known: readonly string[]): Rule {
  return (args) => {
    const given = args.filter((word) => /^-{1,2}[A-Za-z]/.test(word)).map((word) => word.replace(/=.*/s, ''));
    return given.filter((flag) => !known.includes(flag)).map((flag) => `no rule knows the flag ${flag}`);
  };
}

const rules: Readonly<Record<string, Rule>> = {
  hostpulse: hostpulseProblems,
  'hostpulse-agent': agentProblems,
  npx: ([program, ...args]) => (program === 'hostpulse' ? hostpulseProblems(args) : [`no rule for npx ${program}`]),
  npm: npmProblems,
  node: nodeProblems,
  docker: (args) => dockerProblems(args, wordsProblems),
  kubectl: (args) => kubectlProblems(args, wordsProblems),
  helm: helmProblems,
  kustomize: (args) => (args.join(' ') === 'edit set image' ? [] : [`no rule for kustomize ${args.join(' ')}`]),
  curl: curlProblems,
  wget: wgetProblems,
  systemctl: systemctlProblems,
  journalctl: journalctlProblems,
  apt: packageManagerProblems,
  dnf: packageManagerProblems,
  zypper: packageManagerProblems,
  promtool: (args) => prometheusToolProblems('promtool', args),
  amtool: (args) => prometheusToolProblems('amtool', args),
  'victoria-metrics': (args) => victoriaMetricsProblems('victoria-metrics', args),
  vmalert: (args) => victoriaMetricsProblems('vmalert', args),
  sudo: ([first = '', ...rest]) => {
    if (first !== '-u') return wordsProblems([first, ...rest]);
    const [user = '', ...words] = rest;
    return users.includes(user) ? wordsProblems(words) : [`deploy/ creates no user ${user}`];
  },
  /** Accepts `sh -s -- TOKEN`, which passes the token to the install script on the standard input. */
  sh: (args) => (/^-s -- (?:hpe_\S+|--uninstall)$/.test(args.join(' ')) ? [] : [`no rule for sh ${args.join(' ')}`]),
  git: ([verb = '', ...args]) =>
    ['tag', 'push'].includes(verb) ? flags('--annotate', '--message')(args) : [`no rule for git ${verb}`],
  userdel: (args) => args.filter((name) => !users.includes(name)).map((name) => `deploy/ creates no user ${name}`),
  powershell: flags('-ExecutionPolicy', '-File'),
  launchctl: flags(),
  pg_dump: flags('--format', '--file'),
  'systemd-sysusers': flags(),
  install: flags('-m', '-D', '-d', '-g', '-o'),
  tar: flags('-C', '--strip-components', '--no-same-owner'),
  ...Object.fromEntries(
    ['cat', 'cd', 'chown', 'cp', 'date', 'mv', 'printf', 'umask', 'awk'].map((name) => [name, flags()]),
  ),
  kill: flags('-CONT', '-HUP'),
  mkdir: flags('-p'),
  ln: flags('-sf'),
  sed: flags('-i'),
  hostname: flags('-s'),
  head: flags('-c'),
  od: flags('-An', '-tx1'),
  tr: flags('-d'),
  du: flags('-sh', '-xh', '--max-depth'),
  grep: flags('-E'),
  ps: flags('--sort', '-rss'),
  stat: flags('-f'),
  iostat: flags('-x'),
  perf: (args) =>
    ['record', 'report', 'script', 'stat'].includes(args[0] ?? '') ? [] : [`perf has no command ${args[0]}`],
  strace: flags('-f', '-c'),
  find: flags('-xdev', '-printf'),
  sort: flags('-n'),
  uniq: flags('-c'),
  tail: flags(),
  openssl: flags('-x509_strict'),
  sha256sum: flags('--check'),
  unshare: flags('--pid', '--mount', '--uts', '--ipc', '--cgroup'),
  codesign: flags('--sign'),
  gh: flags('--repo'),
  'nvidia-smi': flags('--query-gpu'),
  smartctl: flags('--json', '-a'),
  /** The example of docs/collectors.md for a program that writes metrics. */
  'backup-metrics': flags(),
};

/** Programs that a code span in a sentence may call. */
export const programs: readonly string[] = Object.keys(rules);

/** Returns the faults of a command. `block` is the text that contains the command and uses the variables that the command assigns. */
export function commandProblems({ words, assignments }: ShellCommand, block: string): readonly string[] {
  if (words.length === 0) return assignmentProblems(assignments, block);
  return [...assignmentProblems(assignments, block), ...wordsProblems(words), ...words.flatMap(pathProblems)];
}

function wordsProblems([written = '', ...args]: readonly string[]): readonly string[] {
  // A path in the folder of an unpacked archive.
  const program = written.replace(/^\.\/hostpulse-agent-[\w.-]+\/hostpulse-agent$/, 'hostpulse-agent');
  const rule = Object.hasOwn(rules, program) ? rules[program] : undefined;
  return rule === undefined ? [`no rule for the program ${program}`] : rule(args);
}

/** Checks a word that is a path of the repository, of an installed archive, of the data directory, or a package. */
function pathProblems(word: string): readonly string[] {
  const value = word.replace(/^--?[\w.-]+=/, '');
  const installed = /^(?:\/opt|C:\\Program Files)[/\\]hostpulse[/\\](.+)$/.exec(value)?.[1]?.replaceAll('\\', '/');
  if (installed !== undefined) return isInRepository(installed) ? [] : [`an archive has no ${installed}`];
  if (value.startsWith('data/')) return isInDataDirectory(value) ? [] : [`the data directory has no ${value}`];
  if (value.startsWith('deploy/compose/secrets/')) return [];
  if (/^(?:deploy|docs|rules|grafana|scripts|test|bin|dist|console|bench)\/[\w./*-]+$/.test(value))
    return isInRepository(value) || isTestPattern(value) ? [] : [`there is no ${value}`];
  const name = value.replace(/^\.\//, '');
  return /^hostpulse.*\.(?:deb|rpm)$/.test(name) && !isPackageFile(name) ? [`there is no package ${name}`] : [];
}

/** Returns whether the value is the beginning of a path, as in `npm run test:faults -- test/faults/two-relays`. */
function isTestPattern(value: string): boolean {
  return value.startsWith('test/') && !existsSync(join(root, value)) && isInRepository(`${value}*`);
}
