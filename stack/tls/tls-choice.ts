/** The setting `tls` of `hostpulse up`: `off`, `auto`, or a map with the operator's own files. */
import { didYouMean } from '../../common/program/settings/nearest-name.ts';
import {
  describeValue,
  type Fault,
  fault,
  type Parsed,
  type SettingType,
} from '../../common/program/settings/setting-type.ts';

export type TlsChoice =
  | { readonly kind: 'off' }
  /** Certificates from a CA in the data directory. */
  | { readonly kind: 'auto' }
  | TlsFileChoice;

export interface TlsFileChoice {
  readonly kind: 'files';
  readonly certFile: string;
  readonly keyFile: string;
  /** The CA that hosts need for this certificate. Absent: a public CA, which every system trusts. */
  readonly caFile?: string;
}

const names = { cert_file: 'certFile', key_file: 'keyFile', ca_file: 'caFile' } as const;

export const tlsChoice: SettingType<TlsChoice> = {
  placeholder: 'off|auto',
  parse(raw) {
    if (raw === 'off' || raw === false) return { value: { kind: 'off' } };
    if (raw === 'auto') return { value: { kind: 'auto' } };
    if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return parseFiles(raw);
    return fault('off, auto, or a map with cert_file and key_file', raw);
  },
  print(value) {
    if (value.kind !== 'files') return value.kind;
    return Object.fromEntries(
      Object.entries(names).flatMap(([key, name]) => (value[name] === undefined ? [] : [[key, value[name]]])),
    );
  },
};

function parseFiles(raw: object): Parsed<TlsChoice> {
  const faults: Fault[] = [];
  const given: Partial<Record<(typeof names)[keyof typeof names], string>> = {};
  for (const [key, value] of Object.entries(raw)) {
    const name = Object.hasOwn(names, key) ? names[key as keyof typeof names] : undefined;
    if (name === undefined)
      faults.push({
        path: [key],
        expected: `a known key (${Object.keys(names).join(', ')})`,
        got: `"${key}"${didYouMean(key, Object.keys(names))}`,
      });
    else if (typeof value === 'string' && value !== '') given[name] = value;
    else faults.push({ path: [key], expected: 'a path', got: describeValue(value) });
  }
  const { certFile, keyFile, caFile } = given;
  for (const key of ['cert_file', 'key_file'] as const)
    if (!Object.hasOwn(raw, key))
      faults.push({ path: [], expected: `${key} beside the other keys`, got: 'a map without it' });
  if (faults.length > 0 || certFile === undefined || keyFile === undefined) return { faults };
  return { value: { kind: 'files', certFile, keyFile, ...(caFile === undefined ? {} : { caFile }) } };
}
