/** Parses the files in which container engines store names and images of containers. */

export interface ContainerState {
  readonly name: string;
  readonly image: string;
  /** Labels that the image or the user set. */
  readonly labels: Readonly<Record<string, string>>;
  /** Set for containers of Kubernetes. The container that holds the network of a pod has no `container`. */
  readonly kubernetes?: {
    readonly container?: string;
    readonly pod: string;
    readonly namespace: string;
  };
}

/** Parses Docker's config.v2.json. Source: moby's container/container.go */
export function parseDockerConfig(text: string, where: string): ContainerState {
  const config = parseObject(text, where);
  const name = textOf(config['Name']);
  if (name === undefined) throw new Error(`${where}: expected a text Name`);
  const { Image: image, Labels: labels } = objectOf(config['Config']);
  return { name: name.replace(/^\//, ''), image: textOf(image) ?? '', labels: textsOf(labels) };
}

/** Parses the containers.json of Podman and CRI-O. Returns the states by ID. Source: containers/storage's containers.go */
export function parseStorageContainers(text: string, where: string): Map<string, ContainerState> {
  const entries: unknown = JSON.parse(text);
  if (!Array.isArray(entries)) throw new Error(`${where}: expected a list of containers`);
  const states = new Map<string, ContainerState>();
  for (const entry of entries.map(objectOf)) {
    const id = textOf(entry['id']);
    const names: unknown = entry['names'];
    const name = Array.isArray(names) ? textOf(names[0]) : undefined;
    if (id === undefined || name === undefined) continue;
    states.set(id, { name, image: imageOf(entry['metadata']), labels: {} });
  }
  return states;
}

/** Returns the name of the image from the metadata, which Podman and CRI-O store as JSON in a text. */
function imageOf(metadata: unknown): string {
  const text = textOf(metadata);
  if (text === undefined || !text.startsWith('{')) return '';
  return textOf(parseObject(text, 'metadata')['image-name']) ?? '';
}

/** Keys of annotations by engine. Source: containerd's internal/cri/annotations, CRI-O's pkg/annotations */
const annotationKeys = {
  containerd: {
    container: 'io.kubernetes.cri.container-name',
    pod: 'io.kubernetes.cri.sandbox-name',
    namespace: 'io.kubernetes.cri.sandbox-namespace',
    image: 'io.kubernetes.cri.image-name',
  },
  crio: {
    container: 'io.kubernetes.container.name',
    pod: 'io.kubernetes.pod.name',
    namespace: 'io.kubernetes.pod.namespace',
    image: 'io.kubernetes.cri-o.ImageName',
  },
} as const;

/** Parses the config.json that containerd and CRI-O write for the runtime. The name of the container is the ID, as in the kubelet's metrics. */
export function parseRuntimeConfig(text: string, id: string, where: string): ContainerState {
  const annotations = textsOf(parseObject(text, where)['annotations']);
  for (const keys of Object.values(annotationKeys)) {
    const [pod, namespace, container] = [
      annotations[keys.pod],
      annotations[keys.namespace],
      annotations[keys.container],
    ];
    if (pod === undefined || namespace === undefined) continue;
    const isPodItself = container === undefined || container === 'POD';
    return {
      name: id,
      image: annotations[keys.image] ?? '',
      labels: {},
      kubernetes: { ...(isPodItself ? {} : { container }), pod, namespace },
    };
  }
  return { name: id, image: '', labels: {} };
}

/** Returns the home folder of a user in /etc/passwd, or undefined for an unknown user. */
export function parseHome(passwd: string, user: string): string | undefined {
  const line = passwd.split('\n').find((each) => each.split(':')[2] === user);
  return line?.split(':')[5];
}

function parseObject(text: string, where: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${where}: expected a JSON object`);
  return value as Readonly<Record<string, unknown>>;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function textsOf(value: unknown): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [key, each] of Object.entries(objectOf(value))) if (typeof each === 'string') texts[key] = each;
  return texts;
}
