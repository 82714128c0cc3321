/** Setting types with units: durations, sizes, listen addresses. */
import { fault, type SettingType } from './setting-type.ts';

const millisecondsPer: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 365 * 86_400_000,
};

/**
 * Parses a duration in Prometheus' format, such as `5s`, `1m30s` or `500ms`. Returns milliseconds; undefined for other text.
 * Source: https://prometheus.io/docs/prometheus/latest/querying/basics/#time-durations
 */
export function parseDuration(raw: string): number | undefined {
  if (!/^(?:\d+(?:ms|[smhdwy]))+$/.test(raw)) return undefined;
  let totalMs = 0;
  for (const [, count, unit] of raw.matchAll(/(\d+)(ms|[smhdwy])/g))
    totalMs += Number(count) * (millisecondsPer[unit as string] as number);
  return totalMs;
}

/** Renders milliseconds in Prometheus' format with the largest exact units: 90,000 is `1m30s`. */
export function renderDuration(durationMs: number): string {
  if (durationMs === 0) return '0s';
  let rest = durationMs;
  let rendered = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const size = millisecondsPer[unit] as number;
    const count = Math.floor(rest / size);
    if (count > 0) rendered += `${count}${unit}`;
    rest -= count * size;
  }
  return rendered;
}

/** A duration of at least `minMs`; the value is in milliseconds. */
export function duration({ minMs }: { readonly minMs: number }): SettingType<number> {
  return {
    placeholder: 'duration',
    parse(raw) {
      const value = typeof raw === 'string' ? parseDuration(raw) : undefined;
      if (value === undefined || value < minMs)
        return fault(`a duration of at least ${renderDuration(minMs)}, such as 5s or 1m30s`, raw);
      return { value };
    },
    print: renderDuration,
  };
}

const bytesPer: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** A size such as `256MiB`; the value is in bytes. */
export const bytes: SettingType<number> = {
  placeholder: 'size',
  parse(raw) {
    if (typeof raw === 'number' && Number.isSafeInteger(raw) && raw > 0) return { value: raw };
    const [, count, unit] = (typeof raw === 'string' && /^(\d+)(B|KiB|MiB|GiB|TiB)$/.exec(raw)) || [];
    if (count === undefined || unit === undefined || Number(count) === 0) return fault('a size such as 256MiB', raw);
    return { value: Number(count) * (bytesPer[unit] as number) };
  },
  print(value) {
    const unit = ['TiB', 'GiB', 'MiB', 'KiB'].find((each) => value % (bytesPer[each] as number) === 0) ?? 'B';
    return `${value / (bytesPer[unit] as number)}${unit}`;
  },
};

export interface ListenAddress {
  /** Absent: all IPv4 and IPv6 addresses of the host. */
  readonly host?: string;
  /** 0: any free port. */
  readonly port: number;
}

/** `:9100`, `127.0.0.1:9100` or `[::1]:9100`, as in Go programs. */
export const listenAddress: SettingType<ListenAddress> = {
  placeholder: 'host:port',
  parse(raw) {
    const [, bracketed, plain, digits] =
      (typeof raw === 'string' && /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(raw)) || [];
    const port = Number(digits);
    if (digits === undefined || port > 65_535)
      return fault('an address such as :9100, 127.0.0.1:9100 or [::1]:9100', raw);
    const host = bracketed ?? plain ?? '';
    return { value: host === '' ? { port } : { host, port } };
  },
  print: renderListenAddress,
};

/** A TCP address, a Unix domain socket, or a socket that is open already. */
export type SocketAddress = ListenAddress | { readonly path: string } | { readonly fd: number };

/** A TCP address, or `unix:/run/exporter.sock` (also `unix:///run/exporter.sock`). */
export const socketAddress: SettingType<SocketAddress> = {
  placeholder: 'host:port',
  parse(raw) {
    const [, file] = (typeof raw === 'string' && /^unix:(?:\/\/)?(.+)$/s.exec(raw)) || [];
    if (file !== undefined) return { value: { path: file } };
    const [, fd] = (typeof raw === 'string' && /^fd:(?:\/\/)?(\d{1,4})$/.exec(raw)) || [];
    if (fd !== undefined) return { value: { fd: Number(fd) } };
    const parsed = listenAddress.parse(raw);
    return 'value' in parsed
      ? parsed
      : fault('an address such as :9100, 127.0.0.1:9100, [::1]:9100 or unix:/run/exporter.sock', raw);
  },
  print: renderSocketAddress,
};

export function renderSocketAddress(address: SocketAddress): string {
  if ('path' in address) return `unix:${address.path}`;
  return 'fd' in address ? `fd:${address.fd}` : renderListenAddress(address);
}

export function renderListenAddress({ host = '', port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
