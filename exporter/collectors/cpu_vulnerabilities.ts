/** Exposes CPU vulnerabilities and their mitigations, from /sys/devices/system/cpu/vulnerabilities. Source: https://docs.kernel.org/admin-guide/hw-vuln */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { gauge, type Sample } from '../exposition/family.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';

const metric = {
  name: 'node_cpu_vulnerabilities_info',
  help: 'Details of each CPU vulnerability reported by sysfs. The value of the series is an int encoded state of the vulnerability. The same state is stored as a string in the label',
};

export const cpuVulnerabilities: Collector = {
  name: 'cpu_vulnerabilities',
  defaultEnabled: false,
  help: 'Exposes CPU vulnerabilities and their mitigations, from /sys/devices/system/cpu/vulnerabilities.',
  docs: { source: '/sys/devices/system/cpu/vulnerabilities', cost: 'a file per vulnerability' },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const folder = join(paths.sysfs, 'devices', 'system', 'cpu', 'vulnerabilities');
    return () => {
      const samples: Sample[] = [];
      for (const codename of readdirSync(folder).sort()) {
        const line = attributes.line(join(folder, codename));
        if (line === undefined) continue;
        const { state, mitigation } = parseVulnerability(line);
        samples.push({ labels: { codename, mitigation, state }, value: 1 });
      }
      return [gauge(metric.name, metric.help, samples)];
    };
  },
};

const states = ['not affected', 'vulnerable', 'mitigation', 'unknown'];

/**
 * Splits `Mitigation: Retpolines; IBPB: conditional` into state and mitigation. A line of another form becomes the mitigation of
 * the state `unknown`.
 */
export function parseVulnerability(line: string): { readonly state: string; readonly mitigation: string } {
  const lower = line.toLowerCase();
  const state = states.find((each) => lower.startsWith(each));
  if (state === undefined) return { state: 'unknown', mitigation: line };
  return { state, mitigation: state === 'not affected' ? '' : line.split(/\s+/).slice(1).join(' ') };
}
