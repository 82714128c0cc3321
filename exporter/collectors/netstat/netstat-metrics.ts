/** Which counters of the network protocols are shown, and under what names. */

import { remembered } from '../../collector/memoize.ts';
import { quote } from '../../procfs/parse.ts';

type FieldFilter = (field: string) => boolean;

/** A family to be shown; `field` is protocol and name: `Tcp_InSegs`. */
export interface Head {
  readonly field: string;
  readonly name: string;
  readonly help: string;
}

/** What a line of names says, worked out once: the same few lines come with every scrape. */
export interface Layout {
  readonly protocol: string;
  /** Words of the line, its protocol included. */
  readonly width: number;
  readonly shown: readonly { readonly column: number; readonly head: Head }[];
}

/** Remembers the layouts of the lines and the heads of the fields that it was asked for. */
export interface NetstatHeads {
  readonly layoutOf: (nameLine: string) => Layout;
  /** Undefined for a field that is not shown; `name` as in snmp6: `Ip6InOctets`. */
  readonly headOf: (name: string) => Head | undefined;
}

export function createNetstatHeads(isShown: FieldFilter): NetstatHeads {
  return {
    layoutOf: remembered((nameLine) => parseLayout(nameLine, isShown)),
    headOf: remembered((name) => parseName(name, isShown)),
  };
}

function parseLayout(nameLine: string, isShown: FieldFilter): Layout {
  const names = nameLine.split(' ');
  const [first = ''] = names;
  if (!first.endsWith(':')) throw new Error(`net/snmp: expected "protocol: names", got ${quote(nameLine)}`);
  const protocol = first.slice(0, -1);
  const shown: { column: number; head: Head }[] = [];
  for (let column = 1; column < names.length; column++) {
    const head = headOf(protocol, names[column] as string);
    if (isShown(head.field)) shown.push({ column, head });
  }
  return { protocol, width: names.length, shown };
}

function parseName(name: string, isShown: FieldFilter): Head | undefined {
  const six = name.indexOf('6');
  if (six === -1) return undefined;
  const head = headOf(name.slice(0, six + 1), name.slice(six + 1));
  return isShown(head.field) ? head : undefined;
}

function headOf(protocol: string, name: string): Head {
  const field = `${protocol}_${name}`;
  if (!/^[A-Za-z0-9_]+$/.test(field)) throw new Error(`net/snmp: expected the name of a field, got ${quote(field)}`);
  return { field, name: `node_netstat_${field}`, help: `Statistic ${protocol}${name}.` };
}
