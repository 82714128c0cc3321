/** Finds the server to examine, from flags, environment, and the places where a server usually is. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, loadConfig, type Problem } from '../../../common/program/settings/config.ts';
import { readConfigFile } from '../../../common/program/settings/config-file.ts';
import { dataDirectory, stackAuthorization } from '../../../stack/data/data-directory.ts';
import { isLocked } from '../../../stack/data/lock.ts';
import { tryReadSecret } from '../../../stack/data/secrets.ts';
import { defaultDataDirectory, tryReadStackUrls } from '../../../stack/data/stack-file.ts';
import { planStack } from '../../../stack/plan.ts';
import { type ComponentName, urlsOf } from '../../../stack/ports.ts';
import { readComponents } from '../../../stack/process/orphans.ts';
import { settings, type UpConfig } from '../../../stack/settings.ts';
import { UsageFault } from '../../cli/gateway-client.ts';
import { requireReadable } from '../../cli/readable-folder.ts';
import { createGatewayAccess, createPrometheusAccess, type LocalStack, type Site } from './site.ts';

export interface SiteFlags {
  readonly dataDir?: string;
  readonly 'config.file'?: string;
  readonly portOffset?: string;
  readonly gatewayUrl?: string;
  readonly apiKey?: string;
  readonly apiKeyFile?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings file of the systemd unit. */
const serviceConfig = '/etc/hostpulse/hostpulse.yml';

/** Throws a `UsageFault` when no server is found. */
export function findSite(flags: SiteFlags, environment: Environment): Site {
  const url = flags.gatewayUrl ?? environment['HOSTPULSE_GATEWAY_URL'];
  const isLocal = flags.dataDir !== undefined || flags['config.file'] !== undefined;
  return url !== undefined && !isLocal ? remoteSite(url, flags, environment) : localSite(flags, environment);
}

function remoteSite(given: string, flags: SiteFlags, environment: Environment): Site {
  if (!/^https?:$/.test(URL.parse(given)?.protocol ?? ''))
    throw new UsageFault(`--gateway-url: expected a URL such as https://monitoring.example.com, got "${given}"`);
  const url = given.replace(/\/+$/, '');
  const key = tryKey(flags, environment);
  if (key === undefined)
    throw new UsageFault('a key with the scope read is needed: --api-key-file, or HOSTPULSE_API_KEY');
  const access = { url, authorization: `Bearer ${key}` };
  return {
    now: Date.now,
    local: undefined,
    gateway: createGatewayAccess({ ...access, publicUrl: url }),
    prometheus: createPrometheusAccess(access),
  };
}

function tryKey({ apiKey, apiKeyFile }: SiteFlags, environment: Environment): string | undefined {
  const file = apiKeyFile ?? (apiKey === undefined ? environment['HOSTPULSE_API_KEY_FILE'] : undefined);
  if (file === undefined) return apiKey ?? environment['HOSTPULSE_API_KEY'];
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new UsageFault(`${file}: cannot be read (${(cause as NodeJS.ErrnoException).code})`);
  }
}

function localSite(flags: SiteFlags, environment: Environment): Site {
  const local = findStack(flags, environment);
  if (local.state !== 'running') return { now: Date.now, local, gateway: undefined, prometheus: undefined };
  const { urls, address } = local;
  const access = { url: urls.gateway, authorization: local.authorizationOf('gateway') };
  return {
    now: Date.now,
    local,
    gateway: createGatewayAccess({ ...access, publicUrl: address.publicUrl }),
    prometheus: createPrometheusAccess({
      url: urls.prometheus,
      authorization: local.authorizationOf('prometheus'),
    }),
  };
}

function findStack(flags: SiteFlags, environment: Environment): LocalStack {
  const configFile = flags['config.file'] ?? tryServiceConfig(flags);
  const { config, problems } = readUpConfig({ ...flags, configFile }, environment);
  const { root } = dataDirectory(config.dataDir);
  if (!existsSync(root))
    throw new UsageFault(`there is no data directory ${root}; give --data-dir, --config.file or --gateway-url`);
  requireReadable(root);
  const plan = planStack(config);
  const { directory } = plan;
  const stack = tryReadStackUrls(directory);
  const state = !isLocked(directory.lockFile) ? 'stopped' : stack === undefined ? 'starting' : 'running';
  const address = stack === undefined ? plan.address : { ...plan.address, publicUrl: stack.public_url };
  return {
    ...plan,
    address,
    configFile,
    configProblems: problems,
    state,
    urls: stack ?? urlsOf(plan.ports),
    processes: readComponents(directory.recordFile),
    authorizationOf: (component) => authorizationOf(component, plan),
  };
}

/** Returns the file of the systemd unit, unless a stack of this folder is meant. */
function tryServiceConfig({ dataDir }: SiteFlags): string | undefined {
  const hasStackHere = existsSync(join(defaultDataDirectory, 'hostpulse.db'));
  return dataDir === undefined && !hasStackHere && existsSync(serviceConfig) ? serviceConfig : undefined;
}

interface UpFlags extends SiteFlags {
  readonly configFile: string | undefined;
}

/** Returns the settings of `hostpulse up`; those of flags and environment alone when the file has faults. */
function readUpConfig(
  { dataDir, portOffset, configFile }: UpFlags,
  environment: Environment,
): { readonly config: UpConfig; readonly problems: readonly Problem[] } {
  const flags = { 'data-dir': dataDir, 'port-offset': portOffset };
  const layers = { program: 'up', flags, environment };
  if (configFile === undefined) return { config: loadConfig(settings, layers), problems: [] };
  try {
    return { config: loadConfig(settings, { ...layers, file: readConfigFile(configFile, environment) }), problems: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { config: loadConfig(settings, layers), problems: error.problems };
  }
}

function authorizationOf(component: ComponentName, { directory }: Pick<LocalStack, 'directory'>): string | undefined {
  const { adminKey, prometheus } = directory;
  const basic = (file: string): string | undefined => {
    const password = readableSecret(file);
    return password === undefined ? undefined : stackAuthorization(password);
  };
  if (component === 'prometheus') return basic(prometheus.password);
  if (component === 'alertmanager') return basic(prometheus.alertmanagerPassword);
  const key = component === 'gateway' ? readableSecret(adminKey) : undefined;
  return key === undefined ? undefined : `Bearer ${key}`;
}

/** Returns undefined for a file that this user may not read: the check of permissions reports it. */
function readableSecret(file: string): string | undefined {
  try {
    return tryReadSecret(file);
  } catch {
    return undefined;
  }
}
