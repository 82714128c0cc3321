/** Checks the entries of the dialog "Add host": the name of the host, its labels, and the way in which its samples come. */
import type { NewHost } from '../api/hosts.ts';

export type Way = 'line' | 'scrape' | 'hand';

export const ways: Readonly<Record<Way, string>> = {
  line: 'By one line',
  scrape: 'By scrape',
  hand: 'By hand',
};

export interface HostDraft {
  readonly host: string;
  /** `env=prod, dc=fra`. */
  readonly labels: string;
  readonly way: Way;
  /** `host:port` of an exporter, for the way `scrape`. Empty: the name of the host and port 9100. */
  readonly address: string;
}

export const emptyDraft: HostDraft = { host: '', labels: '', way: 'line', address: '' };

export interface DraftFaults {
  readonly host?: string;
  readonly labels?: string;
  readonly address?: string;
}

export type CheckedDraft =
  | { readonly value: NewHost & { readonly address: string } }
  | { readonly faults: DraftFaults };

/** Returns the host to add, or a message for each faulty field. The gateway applies the same rules. */
export function checkDraft({ host: name, labels: text, address: given, way }: HostDraft): CheckedDraft {
  const host = name.trim();
  const labels = parseLabels(text);
  const address = given.trim() === '' ? `${host}:9100` : given.trim();
  const faults: DraftFaults = {
    ...(/^\P{Cc}{1,253}$/u.test(host) ? {} : { host: 'Enter the name of the host, such as web-1' }),
    ...(typeof labels === 'string' ? { labels } : {}),
    ...(way !== 'scrape' || isAddress(address) ? {} : { address: 'Enter host:port, such as web-1.example.com:9100' }),
  };
  if (Object.keys(faults).length > 0 || typeof labels === 'string') return { faults };
  return { value: { host, labels, address } };
}

function isAddress(text: string): boolean {
  return /^(?:[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:]{2,39}\]):\d{1,5}$/.test(text);
}

/** Parses `env=prod, dc=fra`. Returns a message for a faulty text. */
export function parseLabels(text: string): Readonly<Record<string, string>> | string {
  const labels: Record<string, string> = {};
  for (const part of text.split(',').map((each) => each.trim())) {
    if (part === '') continue;
    const [, name, value] = /^([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*(\S.*)$/.exec(part) ?? [];
    if (name === undefined || value === undefined) return `Enter name=value, separated by commas; "${part}" is not`;
    if (name === 'job' || name === 'instance' || name.startsWith('__'))
      return `"${name}" is reserved; choose another name`;
    labels[name] = value.replace(/^"(.*)"$/, '$1');
  }
  return labels;
}

/** Returns the settings of an exporter that pushes to the server, for /etc/hostpulse/exporter.yml. */
export function renderConfig({ host, labels }: NewHost, serverUrl: string): string {
  const rows = [
    'collector:',
    `  server_url: ${serverUrl}`,
    '  protocol: remote_write',
    '  api_key_file: /etc/hostpulse/exporter.key',
    `  host: ${JSON.stringify(host)}`,
    ...(Object.keys(labels).length === 0 ? [] : [`  labels: ${JSON.stringify(labels)}`]),
  ];
  return `${rows.join('\n')}\n`;
}

/** Returns the command that creates the key of the host on the server. */
export function renderKeyCommand({ host }: NewHost): string {
  const quoted = /^[A-Za-z0-9_.-]+$/.test(host) ? host : `'${host.replaceAll("'", `'\\''`)}'`;
  return `hostpulse key create --name ${quoted} --scope push --host ${quoted}`;
}
