/** Loads exporter settings as the command line does, from flags, the environment and the text of a configuration file. */
import { parseCommandLine } from '../../bin/cli/command-line.ts';
import { logSettings } from '../../bin/cli/run.ts';
import { ConfigError, loadConfig } from '../../common/program/settings/config.ts';
import { parseConfigFile } from '../../common/program/settings/config-file.ts';
import { collectors } from '../../exporter/collectors/index.ts';
import { type ExporterConfig, exporterSettings } from '../../exporter/config.ts';
import { collectorFlags, isEnabled } from '../../exporter/enabled-collectors.ts';

export interface Given {
  readonly argv?: readonly string[];
  readonly file?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export function load({ argv = [], file, environment = {} }: Given): ExporterConfig {
  const spec = {
    program: 'exporter',
    command: 'hostpulse exporter',
    summary: '',
    version: '0',
    settings: { ...exporterSettings, ...logSettings },
    actions: {},
  };
  const flags = parseCommandLine(spec, argv);
  const layers = { program: 'exporter', flags, environment };
  if (file === undefined) return loadConfig(exporterSettings, layers);
  return loadConfig(exporterSettings, {
    ...layers,
    file: parseConfigFile(file, { file: 'exporter.yml', environment }),
  });
}

/** Returns the lines of the ConfigError; empty for a valid configuration. */
export function problemsOf(given: Given): readonly string[] {
  try {
    load(given);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

/** Returns the names of the collectors that run. */
export function enabledOf(config: ExporterConfig): string[] {
  return collectors.filter((each) => isEnabled(each, config)).map(({ name }) => name);
}

/** Returns the flags of a collector, defaults included. */
export function flagsOf(name: string, config: ExporterConfig): Record<string, string> {
  const collector = collectors.find((each) => each.name === name);
  if (collector === undefined) throw new Error(`unknown collector ${name}`);
  return collectorFlags(collector, config);
}
