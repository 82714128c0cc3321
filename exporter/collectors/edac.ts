/** Exposes the number of memory errors by controller, row and channel, from /sys/devices/system/edac/mc. Source: https://docs.kernel.org/admin-guide/ras.html */
import { join } from 'node:path';
import { cachedReading, deviceFactsMaxAgeMs } from '../collector/cached-reading.ts';
import type { Collector } from '../collector/collector.ts';
import { counter, type Labels, type Sample } from '../exposition/family.ts';
import { type AttributeReader, createAttributeReader, listNumbered } from '../procfs/sysfs.ts';

/** In the order of exposition. */
const metrics = [
  ['channel_correctable_errors_total', 'Total correctable memory errors for this channel.'],
  ['channel_uncorrectable_errors_total', 'Total uncorrectable memory errors for this channel.'],
  ['correctable_errors_total', 'Total correctable memory errors.'],
  ['csrow_correctable_errors_total', 'Total correctable memory errors for this csrow.'],
  ['csrow_uncorrectable_errors_total', 'Total uncorrectable memory errors for this csrow.'],
  ['dimm_correctable_errors_total', 'Total correctable memory errors for this DIMM.'],
  ['dimm_uncorrectable_errors_total', 'Total uncorrectable memory errors for this DIMM.'],
  ['uncorrectable_errors_total', 'Total uncorrectable memory errors.'],
] as const;

/** A file with one count. */
interface Counter {
  readonly family: (typeof metrics)[number][0];
  readonly path: string;
  readonly labels: Labels;
}

export const edac: Collector = {
  name: 'edac',
  defaultEnabled: true,
  help: 'Exposes the number of memory errors by controller, row and channel, from /sys/devices/system/edac/mc.',
  docs: {
    source: '/sys/devices/system/edac/mc',
    differences: [
      {
        upstream: 'exposes the errors of rows and channels',
        here: 'also exposes the errors of DIMMs when the driver has no rows',
        reason: 'skx_edac and i10nm_edac report the errors of a DIMM only in this layout',
      },
    ],
  },
  flags: [],
  create({ paths, faults, now = Date.now }) {
    const attributes = createAttributeReader(faults);
    const root = join(paths.sysfs, 'devices', 'system', 'edac', 'mc');
    const counters = cachedReading(() => listCounters(root, attributes), { maxAgeMs: deviceFactsMaxAgeMs, now });
    return () => {
      const samples = new Map<string, Sample[]>(metrics.map(([name]) => [name, []]));
      for (const { family, path, labels } of counters()) {
        const value = attributes.unsigned(path);
        if (value !== undefined) samples.get(family)?.push({ labels, value });
      }
      return metrics.map(([name, help]) => counter(`node_edac_${name}`, help, samples.get(name) ?? []));
    };
  },
};

/** Lists the counters of all memory controllers. */
function listCounters(root: string, attributes: AttributeReader): Counter[] {
  const counters: Counter[] = [];
  for (const { name, number: controller } of listNumbered(root, /^mc(\d+)$/)) {
    const folder = join(root, name);
    const unknown = { controller, csrow: 'unknown' };
    counters.push(
      { family: 'correctable_errors_total', path: join(folder, 'ce_count'), labels: { controller } },
      { family: 'uncorrectable_errors_total', path: join(folder, 'ue_count'), labels: { controller } },
      // Errors that the controller cannot attribute to a row.
      { family: 'csrow_correctable_errors_total', path: join(folder, 'ce_noinfo_count'), labels: unknown },
      { family: 'csrow_uncorrectable_errors_total', path: join(folder, 'ue_noinfo_count'), labels: unknown },
    );
    const rows = attributes.numbered(folder, /^csrow(\d+)$/);
    for (const { name: row, number: csrow } of rows)
      counters.push(...listRowCounters(join(folder, row), { controller, csrow }, attributes));
    // With legacy files the kernel has the same counts in both layouts.
    if (rows.length > 0) continue;
    for (const { name: module, number: dimm } of attributes.numbered(folder, /^(?:dimm|rank)(\d+)$/))
      counters.push(...listDimmCounters(join(folder, module), { controller, dimm }, attributes));
  }
  return counters;
}

/** Lists the counters of a memory module; drivers such as skx_edac and i10nm_edac have no rows. */
function listDimmCounters(
  folder: string,
  { controller = '', dimm = '' }: Labels,
  attributes: AttributeReader,
): Counter[] {
  const labels = { controller, dimm, dimm_label: readDimmLabel(join(folder, 'dimm_label'), attributes) };
  return [
    { family: 'dimm_correctable_errors_total', path: join(folder, 'dimm_ce_count'), labels },
    { family: 'dimm_uncorrectable_errors_total', path: join(folder, 'dimm_ue_count'), labels },
  ];
}

function listRowCounters(
  folder: string,
  { controller = '', csrow = '' }: Labels,
  attributes: AttributeReader,
): Counter[] {
  const files = new Set((attributes.folder(folder) ?? []).map(({ name }) => name));
  const counters: Counter[] = [
    { family: 'csrow_correctable_errors_total', path: join(folder, 'ce_count'), labels: { controller, csrow } },
    { family: 'csrow_uncorrectable_errors_total', path: join(folder, 'ue_count'), labels: { controller, csrow } },
  ];
  for (const { name, number: channel } of attributes.numbered(folder, /^ch(\d+)_ce_count$/)) {
    const labels = {
      channel,
      controller,
      csrow,
      dimm_label: readDimmLabel(join(folder, `ch${channel}_dimm_label`), attributes),
    };
    counters.push({ family: 'channel_correctable_errors_total', path: join(folder, name), labels });
    const uncorrectable = `ch${channel}_ue_count`;
    // Many drivers count corrected errors only.
    if (files.has(uncorrectable)) {
      counters.push({ family: 'channel_uncorrectable_errors_total', path: join(folder, uncorrectable), labels });
    }
  }
  return counters;
}

/** Returns the slot's name on the board as node_exporter spells it: `mc#0csrow#1channel#0` becomes `mc0_csrow1_channel0`. */
function readDimmLabel(path: string, attributes: AttributeReader): string {
  const label = attributes.line(path) ?? '';
  if (label === '') return 'unknown';
  return label.replaceAll('#', '').replaceAll('csrow', '_csrow').replaceAll('channel', '_channel');
}
