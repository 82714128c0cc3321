/** Tests the parsers of names of control groups. */
import { expect, test } from '@jest/globals';
import {
  parseContainerCgroup,
  parseRootlessUser,
} from '../../../../exporter/collectors/containers/container-cgroups.ts';

const id = '3f2a9c1e5d7b8a604f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978';

test.each([
  [`docker-${id}.scope`, 'docker'],
  [`libpod-${id}.scope`, 'podman'],
  [`libpod-${id}`, 'podman'],
  [`cri-containerd-${id}.scope`, 'containerd'],
  [`nerdctl-${id}.scope`, 'containerd'],
  [`crio-${id}.scope`, 'crio'],
  [id, 'any'],
])('%s is a container', (folder, engine) => {
  expect(parseContainerCgroup(folder)).toEqual({ id, engine });
});

test.each([
  `libpod-conmon-${id}.scope`,
  `crio-conmon-${id}.scope`,
  `other-${id}.scope`,
  `docker-${id.slice(1)}.scope`,
  `docker-${id.toUpperCase()}.scope`,
  'docker.service',
  'container',
])('%s is not a container', (folder) => {
  expect(parseContainerCgroup(folder)).toBeUndefined();
});

test('parseRootlessUser returns the user id of a rootless container', () => {
  expect(parseRootlessUser('/user.slice/user-1000.slice/user@1000.service/user.slice/x.scope')).toBe('1000');
  expect(parseRootlessUser('/machine.slice/x.scope')).toBeUndefined();
});
