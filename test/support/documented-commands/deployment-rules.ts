/** Checks commands of docker, kubectl, helm, systemctl and package managers by the files of deploy/ and docker-compose.yml. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { canHaveHelm, ensureHelm } from '../../../scripts/tools/helm.ts';
import { hasFlag } from '../deployed-programs.ts';
import {
  composeServices,
  isInVolume,
  isPackageFile,
  isVariable,
  manifests,
  packageNames,
  root,
  units,
} from './named-things.ts';

/** Checks a command inside a container. */
export type CheckWords = (words: readonly string[]) => readonly string[];

const composeFlags: Readonly<Record<string, readonly string[]>> = {
  up: ['-d', '--build'],
  down: ['--volumes'],
  restart: [],
  stop: [],
  start: [],
  run: ['--rm'],
  build: [],
};

export function dockerProblems(args: readonly string[], check: CheckWords): readonly string[] {
  const [verb = '', sub = '', ...rest] = args;
  if (verb === 'build')
    return args.at(-1) === '.' && sub === '-t' && existsSync(join(root, 'Dockerfile'))
      ? []
      : ['docker build: expected -t NAME .'];
  if (verb === 'push') return [];
  if (verb !== 'compose') return [`no rule for docker ${verb}`];
  if (sub === 'exec') {
    const [service = '', program = '', ...more] = rest;
    if (!composeServices().includes(service)) return [`docker-compose.yml has no service ${service}`];
    if (program !== 'cat') return check([program, ...more]);
    return more.filter((path) => !isInVolume(service, path)).map((path) => `${service} has no volume with ${path}`);
  }
  const known = composeFlags[sub];
  if (known === undefined) return [`no rule for docker compose ${sub}`];
  return rest.flatMap((word) => {
    if (word.startsWith('-')) return known.includes(word) ? [] : [`docker compose ${sub} has no known flag ${word}`];
    return composeServices().includes(word) ? [] : [`docker-compose.yml has no service ${word}`];
  });
}

const kubectlVerbs = ['apply', 'create', 'exec', 'kustomize', 'label', 'port-forward'];
const kubectlFlags = ['-n', '-c', '-f', '--load-restrictor', '--from-file', '--from-literal'];

/** Checks verb and flags, and that the manifests have the pod, container and service that the command names. */
export function kubectlProblems(args: readonly string[], check: CheckWords): readonly string[] {
  const split = args.indexOf('--');
  const own = split === -1 ? args : args.slice(0, split);
  const inner = split === -1 ? [] : args.slice(split + 1);
  const verb = own.find((word) => kubectlVerbs.includes(word));
  if (verb === undefined) return [`no rule for kubectl ${own.join(' ')}`];
  const problems = own
    .filter((word) => word.startsWith('-') && word !== '-' && !kubectlFlags.includes(word.replace(/=.*/s, '')))
    .map((flag) => `kubectl has no known flag ${flag}`);
  const all = manifests();
  if (verb === 'exec') {
    const pods = all.filter(({ kind }) => kind === 'StatefulSet');
    const pod = pods.find(({ metadata }) => own.includes(`${metadata?.name}-0`));
    const containers = pod?.spec?.template?.spec?.containers?.map(({ name }) => name) ?? [];
    if (pod === undefined) problems.push('deploy/kubernetes has no such pod');
    if (!containers.includes(own[own.indexOf('-c') + 1] ?? ''))
      problems.push('deploy/kubernetes has no such container');
    problems.push(...check(inner));
  }
  if (verb === 'port-forward') {
    const named = own.find((word) => word.startsWith('service/'))?.slice('service/'.length);
    if (!all.some(({ kind, metadata }) => kind === 'Service' && metadata?.name === named))
      problems.push(`deploy/kubernetes has no service ${named}`);
  }
  return problems;
}

/** Checks the flags by the help of the real helm, and renders the chart with the values of the command. Returns no problem without helm. */
export function helmProblems(args: readonly string[]): readonly string[] {
  if (!canHaveHelm()) return [];
  const [verb = '', ...rest] = args;
  const helm = (...words: readonly string[]) => spawnSync(ensureHelm(), words, { cwd: root, encoding: 'utf8' });
  const { stdout: help } = helm(verb, '--help');
  const flags = rest.filter((word) => word.startsWith('-'));
  const problems = flags.filter((flag) => !hasFlag(help, flag)).map((flag) => `helm ${verb} has no flag ${flag}`);
  if (verb !== 'install' && verb !== 'upgrade') return problems;
  const ofTemplate = rest.filter((word) => word !== '--reset-then-reuse-values');
  // An upgrade reuses the values of the installation.
  const reused = verb === 'upgrade' ? ['--set', 'database.existingSecret=hostpulse-database'] : [];
  const { status, stderr } = helm('template', ...ofTemplate, ...reused);
  return status === 0 ? problems : [...problems, stderr.trim()];
}

const unitVerbs = ['start', 'stop', 'restart', 'reload', 'enable', 'disable', 'edit', 'status'];

export function systemctlProblems(args: readonly string[]): readonly string[] {
  const [verb = '', ...rest] = args;
  if (verb === 'daemon-reload' && rest.length === 0) return [];
  // In the documents, UNIT is a placeholder for any unit of the host.
  if (verb === 'show')
    return rest.join(' ') === 'UNIT -p NRestarts' ? [] : [`no rule for systemctl show ${rest.join(' ')}`];
  if (!unitVerbs.includes(verb)) return [`no rule for systemctl ${verb}`];
  const names = rest.filter((word) => word !== '--now').map((word) => word.replace(/\.service$/, ''));
  return names.filter((name) => !units.includes(name)).map((name) => `deploy/ has no unit ${name}.service`);
}

export function journalctlProblems(args: readonly string[]): readonly string[] {
  // `-k` selects the messages of the kernel. UNIT is a placeholder for any unit of the host.
  if (args[0] === '-k') return args[1] === '--grep' && args.length === 3 ? [] : ['journalctl -k: expected --grep TEXT'];
  const names = args.filter((word) => !['-u', '-f', 'UNIT'].includes(word));
  return names.filter((name) => !units.includes(name)).map((name) => `deploy/ has no unit ${name}.service`);
}

/** Checks calls of apt, dnf and zypper. */
export function packageManagerProblems(args: readonly string[]): readonly string[] {
  const [verb = '', ...rest] = args.filter((word) => word !== '--allow-unsigned-rpm');
  if (!['install', 'remove', 'purge'].includes(verb)) return [`no rule for ${verb}`];
  return rest.flatMap((word) => {
    const isKnown = word.startsWith('./') ? isPackageFile(word.slice(2)) : packageNames.some((name) => name === word);
    return isKnown ? [] : [`there is no package ${word}`];
  });
}

export function assignmentProblems(assignments: readonly string[], block: string): readonly string[] {
  const names = assignments.map((text) => text.slice(0, text.indexOf('=')));
  return names.flatMap((name) => {
    const isUsed = new RegExp(`\\$\\{?${name}\\b`).test(block);
    return isUsed || isVariable(name) ? [] : [`no program reads the variable ${name}`];
  });
}
