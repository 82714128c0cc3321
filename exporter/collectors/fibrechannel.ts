/** Exposes statistics of Fibre Channel ports, from /sys/class/fc_host. Source: include/scsi/scsi_transport_fc.h of the kernel */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import type { Labels } from '../exposition/family.ts';
import { type AttributeMetric, createSampleTable, type Metric } from '../exposition/sample-table.ts';
import { parseLine, parseUnsigned } from '../procfs/host-file.ts';
import { type AttributeReader, createAttributeReader, listFolder } from '../procfs/sysfs.ts';

/** In the order of exposition: name of the metric, its file in the folder `statistics`, and HELP. */
const statistics: readonly AttributeMetric[] = [
  metric('dumped_frames_total', 'dumped_frames', 'Number of dumped frames'),
  metric('error_frames_total', 'error_frames', 'Number of errors in frames'),
  metric('fcp_packet_aborts_total', 'fcp_packet_aborts', 'Number of aborted packets'),
  metric('invalid_crc_total', 'invalid_crc_count', 'Invalid Cyclic Redundancy Check count'),
  metric('invalid_tx_words_total', 'invalid_tx_word_count', 'Number of invalid words transmitted by host port'),
  metric('link_failure_total', 'link_failure_count', 'Number of times the host port link has failed'),
  metric('loss_of_signal_total', 'loss_of_signal_count', 'Number of times signal has been lost'),
  metric(
    'loss_of_sync_total',
    'loss_of_sync_count',
    'Number of failures on either bit or transmission word boundaries',
  ),
  metric('nos_total', 'nos_count', 'Number Not_Operational Primitive Sequence received by host port'),
  metric('rx_frames_total', 'rx_frames', 'Number of frames received'),
  metric('rx_words_total', 'rx_words', 'Number of words received by host port'),
  metric('seconds_since_last_reset_total', 'seconds_since_last_reset', 'Number of seconds since last host port reset'),
  metric('tx_frames_total', 'tx_frames', 'Number of frames transmitted by host port'),
  metric('tx_words_total', 'tx_words', 'Number of words transmitted by host port'),
];

function metric(name: string, attribute: string, help: string): AttributeMetric {
  return { name: `node_fibrechannel_${name}`, type: 'counter', help, attribute };
}

const infoMetric: Metric = {
  name: 'node_fibrechannel_info',
  type: 'gauge',
  help: 'Non-numeric data from /sys/class/fc_host/<host>, value is always 1.',
};

export const fibrechannel: Collector = {
  name: 'fibrechannel',
  defaultEnabled: true,
  help: 'Exposes statistics of Fibre Channel ports, from /sys/class/fc_host.',
  docs: { source: '/sys/class/fc_host' },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const root = join(paths.sysfs, 'class', 'fc_host');
    return () => {
      const entries = listFolder(root);
      if (entries === undefined) return [];
      const table = createSampleTable([infoMetric, ...statistics]);
      for (const { name: host } of entries) {
        table.add(infoMetric, readInfo(join(root, host), host, attributes), 1);
        const labels = { fc_host: host };
        for (const each of statistics) {
          const path = join(root, host, 'statistics', each.attribute);
          table.add(each, labels, attributes.parsed(path, parseStatistic));
        }
      }
      return table.families();
    };
  },
};

function readInfo(folder: string, host: string, attributes: AttributeReader): Labels {
  const text = (attribute: string) => attributes.line(join(folder, attribute)) ?? '';
  /** Returns a world wide name or a port number without its prefix `0x`. */
  const digits = (attribute: string) => text(attribute).slice(2);
  return {
    dev_loss_tmo: text('dev_loss_tmo'),
    fabric_name: digits('fabric_name'),
    fc_host: host,
    port_id: digits('port_id'),
    port_name: digits('port_name'),
    port_state: text('port_state'),
    port_type: text('port_type'),
    speed: text('speed'),
    supported_classes: text('supported_classes'),
    supported_speeds: text('supported_speeds'),
    symbolic_name: text('symbolic_name'),
  };
}

const hexadecimal = /^0x[0-9a-f]{1,16}$/i;

/** -1 as an unsigned 64-bit number. Drivers return this value for counters that the adapter lacks. */
const notImplemented = '0xffffffffffffffff';

/** Parses a counter. Returns undefined when the adapter lacks the counter. */
export function parseStatistic(text: string, where: string): number | undefined {
  const line = parseLine(text, where);
  if (line.toLowerCase() === notImplemented) return undefined;
  return hexadecimal.test(line) ? Number(line) : parseUnsigned(line, where);
}
