/** The gateway's report about itself and its components. */
import type { GatewayAccess } from './site.ts';

export interface Health {
  readonly components: Readonly<Record<string, ComponentHealth>>;
}

export interface ComponentHealth {
  readonly status: string;
  readonly reason?: string;
}

/** Throws an `Error` for another answer, such as the error page of a proxy. */
export async function readHealth({ url, get }: GatewayAccess): Promise<Health> {
  const { status, body } = await get('/api/v1/health');
  const health = tryParse(body);
  if (health !== undefined) return health;
  throw new Error(`${url}/api/v1/health answers ${status}, and not as the gateway does`);
}

function tryParse(body: string): Health | undefined {
  try {
    const parsed = JSON.parse(body) as Partial<Health> | null;
    return parsed?.components === undefined ? undefined : { components: parsed.components };
  } catch {
    return undefined;
  }
}
