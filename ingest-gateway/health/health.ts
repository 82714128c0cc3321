/**
 * The health of the gateway's components. Checked at most once a second, because the call needs no credential. While a check takes
 * longer than `patienceMs`, callers get the last result, at most `maxAgeMs` old: a busy component must not delay probes.
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
  readonly health: Health;
  readonly startedMs: number;
}

/** Components that every call needs: the database has all credentials. */
const vital: readonly ComponentName[] = ['database'];

export function createHealthProbe({ checks, now }: HealthProbeOptions): HealthProbe {
  let latest: Checked | undefined;
  let checking: Promise<Checked> | undefined;

  async function probe(): Promise<Health> {
    const names = Object.keys(checks) as ComponentName[];
    const all = await Promise.all(names.map(async (name) => [name, await tryProbe(checks[name], now)] as const));
    const states = all.flatMap(([name, state]) => (state === undefined ? [] : [[name, state] as const]));
    const isDown = states.some(([name, { status }]) => status === 'down' && vital.includes(name));
    const isOk = states.every(([, { status }]) => status === 'ok');
    return {
      status: isDown ? 'down' : isOk ? 'ok' : 'degraded',
      components: Object.fromEntries(states) as Health['components'],
    };
  }

  function check(): Promise<Checked> {
    const startedMs = now();
    checking ??= probe()
      .then((health) => (latest = { health, startedMs }))
      .finally(() => (checking = undefined));
    return checking;
  }

  return {
    async read() {
      if (latest !== undefined && now() - latest.startedMs < freshMs) return latest.health;
      const next = check();
      const older = latest !== undefined && now() - latest.startedMs <= maxAgeMs ? latest : undefined;
      if (older === undefined) return (await next).health;
      const late = (): Error => new Error('the check takes longer');
      return (await inTime(next, patienceMs, late).catch(() => older)).health;
    },
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
