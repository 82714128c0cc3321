/** The kind of the setting `channels`: a map by name in YAML, the same as YAML text in the environment. */
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { describeValue, type Fault, fault, type Kind } from '../../common/program/kind.ts';
import { renderDuration } from '../../common/program/quantity.ts';
import { renderAddress } from './email/address.ts';
import { type ChannelSettings, channelSettings } from './index.ts';

/** A name becomes a metric label, a column and a log field. */
const channelName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, 'a name of letters, digits, - and _ (63 at most)')
  .refine((name) => name !== 'default', 'another name: "default" means every channel');

const channelMap = z.record(channelName, channelSettings);

export type ChannelMap = z.output<typeof channelMap>;

export const channelsKind: Kind<ChannelMap> = {
  placeholder: 'yaml',
  parse(raw) {
    const parsed = typeof raw === 'string' ? tryParseYaml(raw) : { tree: raw };
    if (parsed === undefined) return fault('YAML', raw);
    const checked = channelMap.safeParse(parsed.tree);
    if (checked.success) return { value: checked.data };
    return { faults: checked.error.issues.flatMap((issue) => faultsOf(issue, parsed.tree)) };
  },
  print: (channels) => Object.fromEntries(Object.entries(channels).map(([name, each]) => [name, printChannel(each)])),
};

/** As the file has it: its spelling of names, durations spelt out; a `Secret` masks itself. */
function printChannel({ timeoutMs, ...settings }: ChannelSettings): unknown {
  const {
    ca: _text,
    mode: _mode,
    from,
    to,
    ...fields
  } = { ca: undefined, mode: undefined, from: undefined, to: undefined, ...settings };
  const named = Object.entries(fields).map(([name, value]) => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  const addresses = {
    ...(from === undefined ? {} : { from: renderAddress(from) }),
    ...(to === undefined ? {} : { to: to.map(renderAddress) }),
  };
  const printed = { ...Object.fromEntries(named), ...addresses, timeout: renderDuration(timeoutMs) };
  return JSON.parse(JSON.stringify(printed)) as unknown;
}

function tryParseYaml(text: string): { readonly tree: unknown } | undefined {
  try {
    return { tree: parseYaml(text) as unknown };
  } catch {
    return undefined; // said as a fault of the setting
  }
}

function faultsOf(issue: z.core.$ZodIssue, tree: unknown): readonly Fault[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], expected: 'a known key', got: `"${key}"` }));
  if (issue.code === 'invalid_key') {
    const expected = issue.issues[0]?.message ?? issue.message;
    return [{ path, expected, got: describeValue(path.at(-1)) }];
  }
  return [{ path, expected: issue.message, got: describeField(path, tree) }];
}

/** What stands at the path, by its type alone where it may be a secret. */
function describeField(path: readonly (string | number)[], tree: unknown): string {
  const value = path.reduce<unknown>((inner, step) => (inner as Record<string, unknown> | null)?.[step], tree);
  const isSecret = path.some((step) => /^(?:webhook_)?url$|^secret$|^token$|^password$/.test(String(step)));
  return isSecret && value !== undefined ? `a ${typeof value}` : describeValue(value);
}
