/**
 * Reads the health of the gateway's components. Each component is checked at most once a second, because the call needs no credential.
 * When a check takes longer than `patienceMs`, callers get the previous result of the component, if it is at most `maxAgeMs` old, so that
 * a busy component does not delay probes.
 */
import { inTime } from '../../common/program/time-limit.ts';

export type ComponentName = 'prometheus' | 'alertmanager' | 'database' | 'queue' | 'relay';

export interface ComponentHealth {
  /** `degraded`: the component works but is close to a limit. */
  readonly status: 'ok' | 'degraded' | 'down';
  readonly latency_ms: number;
  /** Why the status is not ok. Contains no address and no secret. */
  readonly reason?: string;
}

export interface Health {
  /** `down`: no call can be served; `degraded`: some calls fail. */
  readonly status: 'ok' | 'degraded' | 'down';
  /** Without the relay if the installation has none. */
  readonly components: Readonly<Record<Exclude<ComponentName, 'relay'>, ComponentHealth>> & {
    readonly relay?: ComponentHealth;
  };
}

/** The installation does not have the component. */
export const absent = Symbol('absent');

/**
 * Resolves when the component works, with a reason if it is degraded. Throws when the component is down. The reason and the
 * error message are public: no address, no secret.
 */
export type ComponentCheck = () => Promise<string | typeof absent | undefined>;

export interface HealthProbe {
  read(): Promise<Health>;
}

export interface HealthProbeOptions {
  readonly checks: Readonly<Record<ComponentName, ComponentCheck>>;
  readonly now: () => number;
}

const freshMs = 1_000;
const patienceMs = 50;
const maxAgeMs = 5_000;

interface Checked {
  /** Undefined for an absent component. */
  readonly state: ComponentHealth | undefined;
  readonly startedMs: number;
}

/** Components that every call needs: the database has all credentials. */
const vital: readonly ComponentName[] = ['database'];

export function createHealthProbe({ checks, now }: HealthProbeOptions): HealthProbe {
  const names = Object.keys(checks) as ComponentName[];
  const readers = names.map((name) => [name, createStateReader(checks[name], now)] as const);
  return {
    async read() {
      const all = await Promise.all(readers.map(async ([name, read]) => [name, await read()] as const));
      const states = all.flatMap(([name, state]) => (state === undefined ? [] : [[name, state] as const]));
      const isDown = states.some(([name, { status }]) => status === 'down' && vital.includes(name));
      const isOk = states.every(([, { status }]) => status === 'ok');
      return {
        status: isDown ? 'down' : isOk ? 'ok' : 'degraded',
        components: Object.fromEntries(states) as Health['components'],
      };
    },
  };
}

/** Returns a function that reads the state of one component. */
function createStateReader(check: ComponentCheck, now: () => number): () => Promise<ComponentHealth | undefined> {
  let latest: Checked | undefined;
  let checking: Promise<Checked> | undefined;

  function checkOnce(): Promise<Checked> {
    const startedMs = now();
    checking ??= tryProbe(check, now)
      .then((state) => (latest = { state, startedMs }))
      .finally(() => (checking = undefined));
    return checking;
  }

  return async () => {
    if (latest !== undefined && now() - latest.startedMs < freshMs) return latest.state;
    const next = checkOnce();
    const older = latest !== undefined && now() - latest.startedMs <= maxAgeMs ? latest : undefined;
    if (older === undefined) return (await next).state;
    const late = (): Error => new Error('the check takes longer');
    return (await inTime(next, patienceMs, late).catch(() => older)).state;
  };
}

/** Returns undefined for an absent component. */
async function tryProbe(check: ComponentCheck, now: () => number): Promise<ComponentHealth | undefined> {
  const startMs = now();
  try {
    const reason = await check();
    if (reason === absent) return undefined;
    const latency_ms = now() - startMs;
    return reason === undefined ? { status: 'ok', latency_ms } : { status: 'degraded', latency_ms, reason };
  } catch (error) {
    const reason = Error.isError(error) ? error.message : 'unknown';
    return { status: 'down', latency_ms: now() - startMs, reason };
  }
}
