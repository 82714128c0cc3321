/** The health of what the gateway stands on, asked at most once a second: nobody needs a credential to ask. */

export type ComponentName = 'prometheus' | 'alertmanager' | 'database';

export interface ComponentHealth {
  readonly status: 'ok' | 'down';
  readonly latency_ms: number;
  /** Why it is down; no address, no secret. */
  readonly reason?: string;
}

export interface Health {
  /** `down`: nothing can be served; `degraded`: some calls cannot. */
  readonly status: 'ok' | 'degraded' | 'down';
  readonly components: Readonly<Record<ComponentName, ComponentHealth>>;
}

/** Resolves when the component works; what it throws must be fit to show: no address, no secret. */
export type ComponentCheck = () => Promise<void>;

export interface HealthProbe {
  read(): Promise<Health>;
}

export interface HealthProbeOptions {
  readonly checks: Readonly<Record<ComponentName, ComponentCheck>>;
  readonly now: () => number;
}

const freshMs = 1_000;

/** Without these no call can be served: every credential is in the database. */
const vital: readonly ComponentName[] = ['database'];

export function createHealthProbe({ checks, now }: HealthProbeOptions): HealthProbe {
  let latest: { readonly health: Promise<Health>; readonly readMs: number } | undefined;

  async function probe(): Promise<Health> {
    const names = Object.keys(checks) as ComponentName[];
    const states = await Promise.all(names.map(async (name) => [name, await probeOne(checks[name], now)] as const));
    const down = states.filter(([, { status }]) => status === 'down').map(([name]) => name);
    return {
      status: down.length === 0 ? 'ok' : down.some((name) => vital.includes(name)) ? 'down' : 'degraded',
      components: Object.fromEntries(states) as Health['components'],
    };
  }

  return {
    read() {
      if (latest === undefined || now() - latest.readMs >= freshMs) latest = { health: probe(), readMs: now() };
      return latest.health;
    },
  };
}

async function probeOne(check: ComponentCheck, now: () => number): Promise<ComponentHealth> {
  const startMs = now();
  try {
    await check();
    return { status: 'ok', latency_ms: now() - startMs };
  } catch (error) {
    const reason = Error.isError(error) ? error.message : 'unknown';
    return { status: 'down', latency_ms: now() - startMs, reason };
  }
}
