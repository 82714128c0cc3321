/**
 * Exposes CPU, memory, network, I/O and limits of containers under cAdvisor's names, from their control groups, /proc and the files of
 * Docker, Podman, containerd and CRI-O. Asks no container engine.
 */
import { findCgroups } from '../cgroup/cgroup-tree.ts';
import type { Collector } from '../collector/collector.ts';
import { checkCount, parseCount } from '../collector/count-flag.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';
import { createWorkBudget } from '../procfs/work-budget.ts';
import { createContainerReader } from './containers/container-reader.ts';

export const containers: Collector = {
  name: 'containers',
  defaultEnabled: false,
  help: 'Exposes CPU, memory, network, I/O and limits of containers, from control groups and the files of container engines.',
  docs: {
    names: 'cAdvisor',
    source:
      '/sys/fs/cgroup (v2, v1 or both), /proc/<pid>, files of Docker, Podman, containerd and CRI-O below `--path.rootfs`',
    cost: 'about 45 series and 14 files per container, of at most `--collector.containers.max` containers',
    differences: [
      {
        upstream: 'exposes every control group',
        here: 'exposes the containers and the root, `id="/"`',
        reason: 'the units collector exposes the units',
      },
      {
        upstream:
          'names a container of Kubernetes by the labels of its engine, or in the kubelet by container, pod and namespace',
        here: "the kubelet's labels: `container`, `pod`, `namespace`; `name` is the ID",
        reason: 'dashboards for Kubernetes use these labels',
      },
      {
        upstream: '`container_oom_events_total` counts messages of the kernel log',
        here: '`container_oom_events_total` counts processes that the kernel killed, from the control group',
        reason: 'reading the kernel log needs more rights',
      },
      {
        upstream: 'exposes the network of the host for a container that uses it',
        here: 'exposes no network for this container',
        reason: 'sums over containers would count the traffic of the host',
      },
      {
        upstream:
          '`container_fs_usage_bytes`, `container_fs_limit_bytes`, `container_tasks_state` and others that walk files or ask netlink',
        here: 'absent',
        reason: 'walking the files of containers is expensive; the filesystem collector exposes the file systems',
      },
    ],
  },
  flags: [
    {
      name: 'max',
      help: 'Maximum number of containers with series. When more containers run, the busiest containers by CPU and memory have series.',
      default: '100',
      check: checkCount,
    },
    {
      name: 'label',
      help: 'Key of a container label of Docker that becomes the label container_label_KEY. (repeatable)',
      isList: true,
    },
  ],
  create({ paths, flags, faults, now = Date.now, workLimitMs }) {
    const attributes = createAttributeReader(faults);
    const budget = createWorkBudget({ subject: 'containers', limitMs: workLimitMs, now });
    const labels = (flags['label'] ?? '').split('\n').filter((key) => key !== '');
    const max = parseCount(flags['max'] ?? '');
    const read = createContainerReader({ paths, attributes, max, labels, now });
    return (signal) => {
      const cgroups = findCgroups(paths.sysfs, attributes);
      return cgroups === undefined ? [] : budget.run(signal, (pause) => read(cgroups, pause));
    };
  },
};
