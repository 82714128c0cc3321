/** The data directory of `backup` and `restore`. */
import type { Command } from 'commander';
import { loadConfig } from '../../common/program/settings/config.ts';
import { readConfigFile } from '../../common/program/settings/config-file.ts';
import { type DataDirectory, dataDirectory } from '../../stack/data/data-directory.ts';
import { settings } from '../../stack/settings.ts';

export interface TargetFlags {
  readonly dataDir?: string;
  readonly 'config.file'?: string;
}

export function addTargetFlags(command: Command): Command {
  return command
    .option('--data-dir <folder>', 'the data directory of the stack [default: data]')
    .option('--config.file <path>', 'settings of hostpulse up, which name the data directory; a backup holds the file');
}

/** Throws a `ConfigError` for a settings file with faults. */
export function findDirectory({ dataDir, 'config.file': file }: TargetFlags): DataDirectory {
  const flags = { 'data-dir': dataDir };
  const source = file === undefined ? {} : { file: readConfigFile(file, process.env) };
  return dataDirectory(loadConfig(settings, { program: 'up', flags, environment: process.env, ...source }).dataDir);
}
