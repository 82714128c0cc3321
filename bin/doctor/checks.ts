/** The checks of `hostpulse doctor`, in the order of the output. */
import { certificate } from './checks/certificate.ts';
import { channels } from './checks/channels.ts';
import { clock } from './checks/clock.ts';
import { components } from './checks/components.ts';
import { configuration } from './checks/configuration.ts';
import { disk } from './checks/disk.ts';
import { hosts } from './checks/hosts.ts';
import { permissions } from './checks/permissions.ts';
import { queue } from './checks/queue.ts';
import { rules } from './checks/rules.ts';
import { samples } from './checks/samples.ts';
import { versions } from './checks/versions.ts';
import type { Check } from './site/finding.ts';

export const checks: readonly Check[] = [
  configuration,
  components,
  versions,
  clock,
  permissions,
  disk,
  certificate,
  samples,
  queue,
  rules,
  channels,
  hosts,
];
