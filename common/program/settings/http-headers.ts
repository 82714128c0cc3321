/** A setting for HTTP headers that a program adds to its requests, such as the tenant of Mimir. */
import { readFileSync } from 'node:fs';
import { validateHeaderValue } from 'node:http';
import { Secret } from './secret.ts';
import { describeType, type Fault, type SettingType } from './setting-type.ts';

/** Values by header name. Each value may be a credential, so all are masked. */
export type HttpHeaders = Readonly<Record<string, Secret>>;

/** Headers that hostpulse or HTTP itself sets. */
const reserved =
  /^(?:accept-encoding|cache-control|connection|content-.+|expect|host|keep-alive|proxy-.+|te|trailer|transfer-encoding|upgrade|user-agent|x-prometheus-remote-write-version)$/i;

/**
 * A YAML map from names to texts, or to `{file: path}` for values in files, or `Name=value,Name=value` in the environment. Problems
 * never contain a value.
 */
export const httpHeaders: SettingType<HttpHeaders> = {
  placeholder: 'name=value',
  parse(raw) {
    const given = typeof raw === 'string' ? pairsOf(raw) : raw;
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      return { faults: [{ path: [], expected: 'a map from header names to values', got: describeType(raw) }] };
    const faults: Fault[] = [];
    const headers: Record<string, Secret> = {};
    for (const [name, value] of Object.entries(given)) {
      const fault = faultOfName(name, headers) ?? readHeader(value, (text) => (headers[name] = new Secret(text)));
      if (fault !== undefined) faults.push({ path: [name], ...fault });
    }
    return faults.length > 0 ? { faults } : { value: headers };
  },
  print: (headers) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
};

/** Returns the headers in plain text, for a request. */
export function revealHeaders(headers: HttpHeaders = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()]));
}

/** Returns undefined for a text that is not a list of pairs. */
function pairsOf(text: string): Readonly<Record<string, string>> | undefined {
  const pairs = text.split(',').map((pair) => /^\s*([^=\s]+)=(.*)$/s.exec(pair));
  if (pairs.some((pair) => pair === null)) return undefined;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1], pair?.[2]?.trim()]));
}

type ValueFault = Omit<Fault, 'path'>;

function faultOfName(name: string, others: HttpHeaders): ValueFault | undefined {
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) return { expected: 'the name of an HTTP header', got: `"${name}"` };
  if (reserved.test(name)) return { expected: 'a header that hostpulse does not set itself', got: name };
  const isTwice = Object.keys(others).some((other) => other.toLowerCase() === name.toLowerCase());
  return isTwice ? { expected: 'each header once', got: `${name} twice` } : undefined;
}

function readHeader(value: unknown, accept: (text: string) => void): ValueFault | undefined {
  const file = fileOf(value);
  let text = value;
  if (file !== undefined) {
    try {
      text = readFileSync(file, 'utf8').trim();
    } catch (cause) {
      const got = Error.isError(cause) ? cause.message : String(cause);
      return { expected: 'a readable file that holds the value', got };
    }
  }
  if (typeof text !== 'string' || text === '')
    return {
      expected: 'a text, or {file: path}',
      got: file === undefined ? describeType(text) : `the empty file ${file}`,
    };
  if (!isHeaderValue(text))
    return { expected: 'characters that HTTP allows in a header', got: 'a text with other characters' };
  accept(text);
  return undefined;
}

function fileOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { file, ...others } = value as Readonly<Record<string, unknown>>;
  return typeof file === 'string' && Object.keys(others).length === 0 ? file : undefined;
}

function isHeaderValue(text: string): boolean {
  try {
    validateHeaderValue('value', text);
    return true;
  } catch {
    return false; // the caller reports the fault without the value
  }
}
