/** Ids, grid, variables and links: mistakes that Grafana accepts silently and shows wrongly. */
import { describe, expect, test } from '@jest/globals';
import { referencesIn } from '../../console/dashboard/queries/panel-queries.ts';
import { hostAlerts } from '../../rules/host-alerts.ts';
import { drawnPanels, type RawPanel, rawDashboards } from '../support/dashboards.ts';

const builtIn = new Set([
  '__interval',
  '__rate_interval',
  '__range',
  '__range_s',
  '__from',
  '__url_time_range',
  '__field',
  '__value',
]);

test('uids and titles are unique', () => {
  const uids = rawDashboards.map(([, { uid }]) => uid);
  expect(uids.every((uid) => /^hostpulse-[a-z]+$/.test(uid))).toBe(true);
  expect(new Set(uids).size).toBe(rawDashboards.length);
  expect(new Set(rawDashboards.map(([, { title }]) => title)).size).toBe(rawDashboards.length);
});

describe.each(rawDashboards)('%s', (_, board) => {
  test('is in the format of Grafana 10 to 13', () => {
    expect(board).toMatchObject({
      schemaVersion: 42,
      refresh: '10s',
      time: { from: 'now-1h', to: 'now' },
      tags: ['hostpulse'],
    });
    expect(board).not.toHaveProperty('id');
    expect(board).not.toHaveProperty('__inputs');
    expect(JSON.stringify(board)).not.toContain('inControlsMenu');
    const picker = board['timepicker'] as { quick_ranges: { from: string; to: string }[] };
    expect(picker.quick_ranges.map(({ from, to }) => [from, to])).toEqual(
      ['now-5m', 'now-15m', 'now-1h', 'now-6h', 'now-24h', 'now-7d', 'now-30d'].map((from) => [from, 'now']),
    );
  });

  test('ids are unique, and so are the targets of a panel', () => {
    const ids = board.panels.map(({ id }) => id);
    expect(ids.every((id) => Number.isInteger(id) && id > 0)).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { title, targets = [] } of board.panels) {
      const refIds = targets.map(({ refId }) => refId);
      expect([title, new Set(refIds).size]).toEqual([title, refIds.length]);
    }
  });

  test('titles are unique', () => {
    const titles = board.panels.map(({ type, title }) => `${type} ${title}`);
    expect(new Set(titles).size).toBe(titles.length);
  });

  test('panels fill the grid without overlaps', () => {
    const cells = new Map<string, string>();
    for (const { title, gridPos } of board.panels) {
      expect([title, gridPos.x + gridPos.w <= 24 && gridPos.w > 0 && gridPos.h > 0]).toEqual([title, true]);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect([title, cells.get(`${x},${y}`)]).toEqual([title, undefined]);
          cells.set(`${x},${y}`, title);
        }
      }
    }
    const height = Math.max(...board.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
    expect(cells.size).toBe(24 * height);
  });

  test('every variable is defined before its use, and used', () => {
    const known = new Set(builtIn);
    const read = new Set<string>();
    for (const variable of board.templating.list) {
      for (const name of referencesIn(JSON.stringify({ ...variable, name: '' }))) {
        expect([variable.name, known.has(name)]).toEqual([variable.name, true]);
        if (name !== 'datasource') read.add(name);
      }
      known.add(variable.name);
    }
    for (const part of [...board.panels, ...board.annotations.list, ...board.links]) {
      for (const name of referencesIn(JSON.stringify(part))) {
        expect([name, known.has(name)]).toEqual([name, true]);
        read.add(name);
      }
    }
    expect([...known].filter((name) => !builtIn.has(name) && !read.has(name))).toEqual([]);
  });

  test('exactly the tier variables are hidden and not in URLs', () => {
    const hidden = board.templating.list.filter(({ hide }) => hide === 2);
    expect(hidden.map(({ name }) => name)).toEqual(['tier_raw', 'tier_1m', 'tier_5m']);
    for (const { name, skipUrlSync } of board.templating.list) {
      expect([name, skipUrlSync]).toEqual([name, name.startsWith('tier_')]);
    }
  });

  test('links lead to existing dashboards and keep range, data source and job', () => {
    const uids = new Set(rawDashboards.map(([, { uid }]) => uid));
    const links = drawnPanels(board).flatMap(linksOf);
    if (board.uid !== 'hostpulse-host') expect(links.length).toBeGreaterThan(0);
    for (const { url = '' } of links) {
      const [, uid, query = ''] = /^\/d\/([a-z-]+)\?(.+)$/.exec(url) ?? [];
      expect([url, uids.has(uid ?? '')]).toEqual([url, true]);
      expect(query.split('&').slice(0, 3)).toEqual([
        '${__url_time_range}',
        '${datasource:queryparam}',
        '${job:queryparam}',
      ]);
      expect(query.split('&')[3]).toMatch(/^(?:\$\{instance:queryparam\}|var-instance=\$\{.+\})$/);
    }
    expect(board.links).toEqual([
      expect.objectContaining({ type: 'dashboards', tags: ['hostpulse'], keepTime: true, includeVars: true }),
    ]);
  });

  test('alerts are annotations', () => {
    expect(board.annotations.list).toEqual([
      expect.objectContaining({ name: 'Alerts', enable: true, useValueForTime: true, datasource: expect.anything() }),
    ]);
    const [{ expr, target } = {}] = board.annotations.list;
    expect((target as { expr: string }).expr).toBe(expr);
  });

  test('tables name every field that they show', () => {
    const tables = board.panels.filter(({ type }) => type === 'table');
    for (const { targets = [], transformations = [], fieldConfig } of tables) {
      expect(transformations.map(({ id }) => id)).toEqual(['merge', 'organize']);
      const { excludeByName, indexByName, renameByName } = transformations[1]!.options;
      const values = targets.length === 1 ? ['Value'] : targets.map(({ refId }) => `Value #${String(refId)}`);
      for (const value of values)
        expect([value, value in renameByName || value in excludeByName]).toEqual([value, true]);
      expect(Object.keys(indexByName)).toEqual(Object.keys(renameByName));
      const headings = Object.values(renameByName);
      for (const { matcher } of fieldConfig?.overrides ?? []) expect(headings).toContain(matcher.options);
    }
  });
});

function linksOf({ links = [], fieldConfig }: RawPanel) {
  const overridden = fieldConfig?.overrides.flatMap(({ properties }) => properties) ?? [];
  const cells = overridden.filter(({ id }) => id === 'links').flatMap(({ value }) => value as { url: string }[]);
  return [...links, ...(fieldConfig?.defaults.links ?? []), ...cells];
}

test.each([
  ['cpu.json', 'CPU usage', 'cpu.usage.total'],
  ['cpu.json', 'Waiting for I/O', 'cpu.usage.iowait'],
  ['memory.json', 'Memory usage', 'memory.usage.percent'],
  ['disk.json', 'Space used', 'disk.usage.percent'],
  ['disk.json', 'Inodes used', 'disk.inode.usage.percent'],
])("%s: %s has the alert rules' thresholds", (file, title, metric) => {
  const panel = rawDashboards.find(([name]) => name === file)?.[1].panels.find((each) => each.title === title);
  const thresholds = panel?.fieldConfig?.defaults['thresholds'] as { steps: { value: number | null }[] } | undefined;
  const alerts = hostAlerts.filter((alert) => alert.metric === metric && alert.operator === '>');
  expect(alerts.length).toBeGreaterThan(0);
  expect(thresholds?.steps.map(({ value }) => value)).toEqual([null, ...alerts.map(({ threshold }) => threshold)]);
});

describe('hidden by default', () => {
  function hides(name: string): (value: string) => boolean {
    const box = rawDashboards.flatMap(([, { templating }]) => templating.list).find((each) => each.name === name);
    // Prometheus anchors its matchers.
    const pattern = new RegExp(`^(?:${String(box?.['query'])})$`);
    return (value) => pattern.test(value);
  }

  test('interfaces of loopback, containers and virtual machines; no real interface', () => {
    const virtual = [
      'lo',
      'docker0',
      'br-1f2e3d4c5b6a',
      'veth12ab34c',
      'virbr0',
      'vnet3',
      'cni0',
      'flannel.1',
      'cali12345',
      'tun0',
      'ifb0',
    ];
    const real = [
      'eth0',
      'ens3',
      'enp0s31f6',
      'eno1',
      'wlan0',
      'wlp2s0',
      'bond0',
      'br0',
      'team0',
      'eth0.100',
      'en0',
      'Ethernet',
      'wg0',
    ];
    expect(virtual.filter((each) => !hides('hidden_interfaces')(each))).toEqual([]);
    expect(real.filter(hides('hidden_interfaces'))).toEqual([]);
  });

  test('file systems without a disk; none with a disk', () => {
    const pseudo = ['tmpfs', 'devtmpfs', 'overlay', 'squashfs', 'ramfs', 'efivarfs', 'fuse.lxcfs', 'iso9660', 'nsfs'];
    const real = [
      'ext4',
      'ext2',
      'xfs',
      'btrfs',
      'zfs',
      'vfat',
      'ntfs',
      'fuseblk',
      'nfs4',
      'cifs',
      'apfs',
      'NTFS',
      'f2fs',
    ];
    expect(pseudo.filter((each) => !hides('hidden_fstypes')(each))).toEqual([]);
    expect(real.filter(hides('hidden_fstypes'))).toEqual([]);
  });

  test('the defaults contain no backslash, which Grafana would double', () => {
    const boxes = rawDashboards
      .flatMap(([, { templating }]) => templating.list)
      .filter(({ type }) => type === 'textbox');
    expect(boxes.length).toBeGreaterThan(3);
    for (const { query } of boxes) expect(query).not.toContain('\\');
  });
});
