/** Checks the pods of the manifests and of the Helm chart. */
import { expect } from '@jest/globals';

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: unknown;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly subPath?: string }[];
}

/** Returns the environment variables with a value in the manifest. `adapt` changes each value. */
export function variablesOf({ env = [] }: Container, adapt: (value: string) => string): Record<string, string> {
  return Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, adapt(value)]])));
}

/** Expects an image with a full version, and a container without privileges or a writable root file system. */
export function expectLeastPrivileges({ image, securityContext }: Container): void {
  expect(image).toMatch(/:v?\d+\.\d+\.\d+$/);
  expect(securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
}

/** Expects that the containers of the pod run as the user 65534. */
export function expectUnprivilegedUser({ securityContext }: { readonly securityContext: unknown }): void {
  expect(securityContext).toMatchObject({ runAsUser: 65_534, fsGroup: 65_534, runAsNonRoot: true });
}
