/**
 * Checks Kubernetes resources against the published schemas of Kubernetes and of the Prometheus operator, from the npm packages
 * kubernetes-models and @kubernetes-models/prometheus-operator. A field that the schema does not have is a fault.
 */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

interface Validate {
  (data: unknown): boolean;
  readonly errors?: readonly { readonly instancePath: string; readonly message?: string }[] | null;
}

/** Schema modules by group and version. */
const modules: Readonly<Record<string, string>> = {
  v1: 'kubernetes-models/_schemas/IoK8sApiCoreV1',
  'apps/v1': 'kubernetes-models/_schemas/IoK8sApiAppsV1',
  'networking.k8s.io/v1': 'kubernetes-models/_schemas/IoK8sApiNetworkingV1',
  'policy/v1': 'kubernetes-models/_schemas/IoK8sApiPolicyV1',
  'monitoring.coreos.com/v1':
    '@kubernetes-models/prometheus-operator/_schemas/ComGithubPrometheusOperatorPrometheusOperatorPkgApisMonitoringV1',
};

/** Returns the faults, each with the path of the field. Returns one fault for an unknown `apiVersion`. */
export async function schemaFaults(resource: Resource): Promise<readonly string[]> {
  const module = modules[resource.apiVersion];
  if (module === undefined) return [`no schemas of ${resource.apiVersion}`];
  const file = new URL(`../../node_modules/${module}${resource.kind}.js`, import.meta.url);
  const { validate } = (await import(file.href)) as { validate: Validate };
  const read = new Set<string>();
  const isValid = validate(recordReads(resource, '', read));
  const errors = (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message ?? 'invalid'}`);
  return [...(isValid ? [] : errors), ...unreadFields(resource, '', read).map((path) => `${path}: no such field`)];
}

/**
 * Returns a view of `value` that records the paths of the fields that are read. The compiled schemas read every field that they
 * know, and ignore others.
 */
function recordReads(value: unknown, path: string, read: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      const found: unknown = Reflect.get(target, key);
      if (typeof key === 'symbol') return found;
      read.add(`${path}/${key}`);
      return recordReads(found, `${path}/${key}`, read);
    },
  });
}

/** Returns the paths of the fields that the schema has not read, without the fields inside them. */
function unreadFields(value: unknown, path: string, read: ReadonlySet<string>): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const place = `${path}/${key}`;
    return read.has(place) ? unreadFields(inner, place, read) : [place];
  });
}
