/** Checks the settings files of `hostpulse up` and of its programs. */
import { existsSync } from 'node:fs';
import { ConfigError, loadConfig, type Problem } from '../../../common/program/settings/config.ts';
import { readConfigFile } from '../../../common/program/settings/config-file.ts';
import type { ConfigOf, Settings } from '../../../common/program/settings/settings.ts';
import { partFiles } from '../../../stack/components.ts';
import { partFileProblems } from '../../../stack/parts/part-settings.ts';
import { checkSettings } from '../../../stack/settings.ts';
import { logSettings } from '../../cli/run.ts';
import { type Check, type Finding, fault, ok } from '../site/finding.ts';
import type { LocalStack } from '../site/site.ts';

export const configuration: Check = {
  name: 'configuration',
  async run({ local }) {
    if (local === undefined) return [];
    const up = [...local.configProblems, ...checkSettings(local.config)].map((problem) =>
      fault(render(problem), `edit ${local.configFile ?? 'the flags'}, then restart hostpulse`),
    );
    const decided = partFileProblems(partFiles(local)).map((problem) =>
      fault(render(problem), 'remove the setting, then restart hostpulse'),
    );
    const { ownConfig } = local.directory;
    const own = await Promise.all([
      checkFile(programs.relay, ownConfig.relay, 'hostpulse relay reload'),
      checkFile(programs.gateway, ownConfig.gateway, restart(local)),
      checkFile(programs.exporter, ownConfig.exporter, restart(local)),
    ]);
    const faults = [...up, ...decided, ...own.flat()];
    if (faults.length > 0) return faults;
    const files = [local.configFile, ...Object.values(ownConfig)].filter((file) => file !== undefined);
    return [ok(`valid: ${files.filter((file) => existsSync(file)).join(', ') || 'no settings file'}`)];
  },
};

interface CheckedProgram<S extends Settings> {
  readonly name: string;
  readonly settings: S;
  check?(config: ConfigOf<S>): readonly Problem[] | Promise<readonly Problem[]>;
}

/** Each program is loaded when its file exists. */
const programs = {
  relay: async () => (await import('../../../alert-relay/main.ts')).relay,
  gateway: async () => (await import('../../../ingest-gateway/main.ts')).gateway,
  exporter: async () => (await import('../../../exporter/main.ts')).exporter,
};

/** Variables of the file are those of the running program, which this process may lack: they are no faults here. */
const unsetVariable = /^the environment variable \S+ to be set$/;

async function checkFile<S extends Settings>(
  load: () => Promise<CheckedProgram<S>>,
  file: string,
  apply: string,
): Promise<readonly Finding[]> {
  if (!existsSync(file)) return [];
  const problems = await problemsOf(await load(), file);
  return problems
    .filter(({ expected }) => !unsetVariable.test(expected))
    .map((problem) => fault(render(problem), `edit ${file}, then: ${apply}`));
}

async function problemsOf<S extends Settings>(program: CheckedProgram<S>, file: string): Promise<readonly Problem[]> {
  const { name, settings } = program;
  const layers = { program: name, flags: {}, environment: {}, file: readConfigFile(file, process.env) };
  try {
    const config = loadConfig({ ...settings, ...logSettings }, layers);
    return (await program.check?.(config as unknown as ConfigOf<S>)) ?? [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

function render({ place, expected, got }: Problem): string {
  return `${place}: expected ${expected}, got ${got}`;
}

function restart({ configFile, directory }: LocalStack): string {
  return configFile?.startsWith('/etc/') === true
    ? 'sudo systemctl restart hostpulse'
    : `restart "hostpulse up --data-dir ${directory.root}"`;
}
