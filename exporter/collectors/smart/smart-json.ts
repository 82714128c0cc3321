/** Reads values from the JSON of smartctl. Source: smartctl(8), `--json` */
import { quote } from '../../procfs/host-file.ts';

export type Json = Readonly<Record<string, unknown>>;

/** A disk that smartctl lists: `/dev/sda` and the type of its interface, such as `sat`. */
export interface SmartDevice {
  readonly name: string;
  readonly type: string;
}

/** Parses the output of smartctl. Versions before 7.3 print a line before the JSON for some disks. */
export function parseSmartctl(text: string): Json {
  const begin = text.indexOf('{');
  const value: unknown = begin < 0 ? undefined : JSON.parse(text.slice(begin));
  if (typeof value !== 'object' || value === null) throw new Error(`smartctl: expected JSON, got ${quote(text)}`);
  return value as Json;
}

/** Returns the disks of `smartctl --scan`. */
export function parseScan(text: string): SmartDevice[] {
  return listAt(parseSmartctl(text), 'devices').flatMap((device) => {
    const [name, type] = [textAt(device, 'name'), textAt(device, 'type')];
    return name === undefined || type === undefined ? [] : [{ name, type }];
  });
}

/** Returns the value at a path such as `smart_status.passed`. */
export function valueAt(json: Json, path: string): unknown {
  let value: unknown = json;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Json)[key];
  }
  return value;
}

/** Returns the number at a path, and 1 or 0 for true or false. Returns undefined for other values. */
export function numberAt(json: Json, path: string): number | undefined {
  const value = valueAt(json, path);
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function textAt(json: Json, path: string): string | undefined {
  const value = valueAt(json, path);
  return typeof value === 'string' ? value.trim() : undefined;
}

/** Returns the objects of the list at a path. Returns no objects when the value is not a list. */
export function listAt(json: Json, path: string): Json[] {
  const value = valueAt(json, path);
  return Array.isArray(value) ? value.filter((each): each is Json => typeof each === 'object' && each !== null) : [];
}

/** Returns the names and values of the nested objects in the object at a path. */
export function objectsAt(json: Json, path: string): [name: string, value: Json][] {
  const value = valueAt(json, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).filter((entry): entry is [string, Json] => typeof entry[1] === 'object');
}

/** Returns true when smartctl did not read the disk because the disk is in standby. */
export function isStandby(json: Json): boolean {
  return messagesOf(json).some((message) => /Device is in (STANDBY|SLEEP)/.test(message));
}

/** Returns the messages of smartctl, such as the reason of a failure. */
export function messagesOf(json: Json): string[] {
  return listAt(json, 'smartctl.messages').flatMap((message) => textAt(message, 'string') ?? []);
}

/** Bits of the exit status that mean "not read": the command line, or the opening of the device. Source: smartctl(8), EXIT STATUS */
const notRead = 0b11;

/** Returns true when the output has the values of the disk. */
export function wasRead(exitCode: number): boolean {
  return (exitCode & notRead) === 0;
}

/** Returns the label of a device: `sda`, or `bus_0_megaraid_1` for a disk behind a controller. */
export function deviceLabel({ name, type }: SmartDevice): string {
  const disk = name.replace(/^\/dev\//, '').replaceAll('/', '_');
  return type.includes(',') ? `${disk}_${type.replaceAll(',', '_')}` : disk;
}
