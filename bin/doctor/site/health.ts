/** Reads the health report of the gateway. */
import type { ComponentHealth, Health } from '../../../ingest-gateway/health/health.ts';
import type { GatewayAccess } from './site.ts';

/** States by component name. A gateway of another version may have other components. */
export type ComponentStates = Readonly<Partial<Record<string, ComponentHealth>>>;

/** Throws an `Error` for a response that is not a health report, such as the error page of a proxy. */
export async function readHealth({ url, get }: GatewayAccess): Promise<ComponentStates> {
  const { status, body } = await get('/api/v1/health');
  const states = tryParse(body);
  if (states !== undefined) return states;
  throw new Error(`${url}/api/v1/health answers ${status}, and not as the gateway does`);
}

function tryParse(body: string): ComponentStates | undefined {
  try {
    return (JSON.parse(body) as Partial<Health> | null)?.components;
  } catch {
    return undefined; // not JSON
  }
}
