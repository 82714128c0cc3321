/**
 * Compares the collectors that ask the kernel by netlink and ioctl with node_exporter 1.11.1 in a network namespace with virtual devices,
 * routes and queueing disciplines: families, types, HELP, labels and values are equal, except for the differences that this file lists.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { type ReadFamily, readExpositionPage } from '../support/exposition-reader.ts';
import { type NodeExporter, startNodeExporter } from '../support/node-exporter.ts';
import { ofTheProgram } from '../support/node-exporter-differences.ts';

const root = join(import.meta.dirname, '..', '..');
const collectors = ['ethtool', 'network_route', 'qdisc'];

/** The mounts are those of the namespace, whose /sys lists its devices. Without root, a user namespace permits both. */
const namespaces = ['--net', '--mount', ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'])];
const canCreate = spawnSync('unshare', [...namespaces, 'ip', 'link', 'add', 'eth0', 'type', 'veth']).status === 0;
const describeWhereAllowed = canCreate ? describe : describe.skip;

/** Two pairs of virtual devices, routes of several kinds, and disciplines of which one drops packets. */
const setup = `
  mount -t sysfs sysfs /sys
  ip link set lo up
  ip link add eth0 type veth peer name peer0
  ip link add eth1 type veth peer name peer1
  ip address add 10.1.0.1/24 dev eth0
  ip address add 10.2.0.1/24 dev eth1
  ip -6 address add 2001:db8:1::1/64 dev eth0 nodad
  for each in eth0 eth1 peer0 peer1; do sysctl -q -w net.ipv6.conf.$each.disable_ipv6=0; ip link set $each up; done
  ip route add default via 10.1.0.254 metric 100 proto dhcp src 10.1.0.1
  ip route add 172.16.0.0/12 proto static nexthop via 10.1.0.2 dev eth0 weight 1 nexthop via 10.2.0.2 dev eth1 weight 5
  ip route add blackhole 192.168.99.0/24
  ip route add 10.9.0.0/16 dev eth1 proto bgp
  ip route add 10.10.0.1 dev eth1 table 100 proto 77
  ip -6 route add 2001:db8:ff::/48 via 2001:db8:1::2 metric 512 proto ospf
  ip -6 route add default nexthop via 2001:db8:1::3 dev eth0 nexthop via 2001:db8:1::4 dev eth0 weight 3
  tc qdisc add dev eth0 root handle 1: htb default 10
  tc class add dev eth0 parent 1: classid 1:10 htb rate 10mbit
  tc qdisc add dev eth0 parent 1:10 handle 10: pfifo limit 100
  tc qdisc add dev eth1 root handle 2: tbf rate 8kbit burst 2kbit latency 400ms
  tc qdisc add dev peer0 clsact
  ip neigh add 10.1.0.9 lladdr 02:00:00:00:00:09 dev eth0 nud permanent
  ip neigh add 10.2.0.9 lladdr 02:00:00:00:00:09 dev eth1 nud permanent
`;

/** Sends packets through both devices. */
const traffic = `
  const socket = require('node:dgram').createSocket('udp4');
  const targets = ['10.1.0.9', '10.2.0.9'].flatMap((host) => Array(40).fill(host));
  Promise.all(targets.map((host) => new Promise((sent) => socket.send(Buffer.alloc(300), 9, host, sent)))).then(() => socket.close());
`;

type Families = Map<string, ReadFamily>;

describeWhereAllowed('in a network namespace', () => {
  let holder: ChildProcess | undefined;
  const inside = (...command: readonly string[]): string[] => [
    'nsenter',
    `--target=${holder?.pid}`,
    ...(namespaces.includes('--user') ? ['--user', '--preserve-credentials'] : []),
    '--net',
    '--mount',
    ...command,
  ];
  const run = (...command: readonly string[]): string => {
    const [program = '', ...words] = inside(...command);
    return execFileSync(program, words, { encoding: 'utf8' });
  };
  let theirs: NodeExporter | undefined;

  beforeAll(async () => {
    holder = spawn('unshare', [...namespaces, 'sleep', 'infinity'], { stdio: 'ignore' });
    await eventually({ what: 'the namespace exists', limitMs: 10_000 }, () =>
      readlinkSync(`/proc/${holder?.pid}/ns/mnt`) === readlinkSync('/proc/self/ns/mnt') ? undefined : true,
    );
    run('sh', '-e', '-c', setup);
    run(process.execPath, '--eval', traffic);
    theirs = await startNodeExporter(
      collectors.map((name) => `--collector.${name}`),
      'forky',
      inside(),
    );
  }, 60_000);

  afterAll(async () => {
    await theirs?.stop();
    holder?.kill('SIGKILL');
  });

  function readOurs(): Families {
    const flags = ['--collector.disable-defaults', ...collectors.map((name) => `--collector.${name}`)];
    const program = [process.execPath, join(root, 'bin/hostpulse.ts'), 'exporter', '--once', ...flags];
    return withoutProgram(readExpositionPage(run(...program)));
  }

  test('families, types, help, labels and values are equal', async () => {
    // IPv6 sends packets by itself for a while, so the readings before and after must be equal.
    const [ours, peer] = await eventually({ what: 'two equal readings', limitMs: 60_000 }, async () => {
      const before = plain(readOurs());
      const peers = plain(withoutProgram(readExpositionPage((await theirs?.scrape()) ?? '')));
      const after = plain(readOurs());
      return JSON.stringify(before) === JSON.stringify(after) ? [after, peers] : undefined;
    });
    expect(Object.keys(ours ?? {}).length).toBeGreaterThan(8);
    expect(ours).toEqual(peer);
  }, 90_000);

  test('the values are those of ip and tc', () => {
    const families = readOurs();
    const dropped = Number(/qdisc tbf .*\n.*dropped (\d+)/.exec(run('tc', '-s', 'qdisc'))?.[1]);
    expect(dropped).toBeGreaterThan(0);
    expect(families.get('node_qdisc_drops_total')?.samples.get('device="eth1",kind="tbf"')).toBe(dropped);
    const hops = run('ip', '-4', 'route', 'show', 'table', 'all', 'type', 'unicast').match(/^.*\bdev\b/gm) ?? [];
    const infos = [...(families.get('node_network_route_info')?.samples.keys() ?? [])];
    expect(infos.filter((key) => /dest="(default|\d+\.)/.test(key) && !key.includes('gw="2001')).length).toBe(
      hops.length,
    );
  });
});

function withoutProgram(families: Families): Families {
  for (const name of ofTheProgram) families.delete(name);
  return families;
}

function plain(families: Families): Record<string, unknown> {
  const entries = [...families].map(([name, { help, type, samples }]) => {
    const sorted = [...samples].sort(([one], [other]) => (one < other ? -1 : 1));
    return [name, { help, type, samples: Object.fromEntries(sorted) }] as const;
  });
  return Object.fromEntries(entries);
}
