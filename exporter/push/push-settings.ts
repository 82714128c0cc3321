/** Derives the push's settings from the configuration and checks them. */
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../common/program/log.ts';
import type { Problem } from '../../common/program/settings/config.ts';
import type { Secret } from '../../common/program/settings/secret.ts';
import type { ExporterConfig } from '../config.ts';
import { protocols } from './protocols/index.ts';
import type { Protocol } from './protocols/sender.ts';
import { readTlsFiles, type TlsFiles } from './protocols/tls-files.ts';

export interface PushSettings {
  readonly serverUrl: string;
  readonly apiKey: Secret | undefined;
  readonly protocol: Protocol;
  /** The value of `instance`. */
  readonly host: string;
  /** Whether `host` is the name of this machine, because the configuration has none. */
  readonly isHostOfSystem: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly intervalMs: number;
  readonly tls: TlsFiles;
  readonly bufferFile: string;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function pushSettingsOf(config: ExporterConfig, serverUrl: string, environment: Environment): PushSettings {
  const { caFile, certFile, keyFile } = config;
  const protocol = protocols.find(({ name }) => name === config.protocol);
  if (protocol === undefined) throw new Error(`collector.protocol: expected a push protocol, got ${config.protocol}`);
  return {
    serverUrl,
    protocol,
    apiKey: config.apiKey,
    host: config.host ?? hostname(),
    isHostOfSystem: config.host === undefined,
    labels: config.labels ?? {},
    intervalMs: config.interval,
    tls: { caFile, certFile, keyFile },
    bufferFile: join(config.bufferPath ?? defaultBufferFolder(environment), 'push.queue'),
    maxBytes: config.bufferMaxBytes,
    maxAgeMs: config.bufferMaxAgeMs,
  };
}

/** Returns systemd's `StateDirectory=`. When it is not set, returns the folder in which the platform keeps the state of the user's programs. */
function defaultBufferFolder({ STATE_DIRECTORY, XDG_STATE_HOME, ProgramData }: Environment): string {
  if (STATE_DIRECTORY !== undefined && STATE_DIRECTORY !== '') return STATE_DIRECTORY.split(':')[0] as string;
  if (ProgramData !== undefined) return join(ProgramData, 'hostpulse', 'exporter');
  if (process.getuid?.() === 0) return '/var/lib/hostpulse/exporter';
  return join(XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'hostpulse', 'exporter');
}

const smallestBuffer = 2 ** 20;

/** Returns conflicts between settings, and TLS files that cannot be read. */
export function checkPush(config: ExporterConfig): Problem[] {
  const { serverUrl, labels = {}, caFile, certFile, keyFile, bufferMaxBytes } = config;
  const problems: Problem[] = [];
  const problem = (place: string, expected: string, got: string): unknown => problems.push({ place, expected, got });
  for (const name of Object.keys(labels)) {
    if (name === 'job' || name === 'instance' || name.startsWith('__'))
      problem('collector.labels', 'labels other than job, instance and __*, which identify the host', `"${name}"`);
  }
  if (bufferMaxBytes < smallestBuffer) problem('collector.buffer.max_bytes', 'at least 1MiB', `${bufferMaxBytes}B`);
  if (serverUrl === undefined) return problems;
  const { username, password, protocol, search, hash } = new URL(serverUrl);
  if (username !== '' || password !== '')
    problem(
      'collector.server_url',
      'a URL without user and password (use collector.api_key)',
      'a URL with user or password',
    );
  if (search !== '' || hash !== '') problem('collector.server_url', 'a URL without query and fragment', search + hash);
  const tlsFiles = [caFile, certFile, keyFile].filter((file) => file !== undefined);
  if (protocol === 'http:' && tlsFiles.length > 0)
    problem('collector.server_url', 'https://, since collector.tls.* is set', 'http://');
  if ((certFile === undefined) !== (keyFile === undefined))
    problem('collector.tls', 'cert_file and key_file together', 'one of them');
  try {
    readTlsFiles({ caFile, certFile, keyFile });
  } catch (error) {
    problem('collector.tls', 'files that can be read', messageOf(error));
  }
  return problems;
}
