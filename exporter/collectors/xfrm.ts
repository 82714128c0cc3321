/** Exposes the number of errors of IPsec transformations, from /proc/net/xfrm_stat. Source: https://docs.kernel.org/networking/xfrm_proc.html */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { createSampleTable, type Metric } from '../exposition/sample-table.ts';
import { parseLines, parseUnsigned, parseWords, readHostFile } from '../procfs/host-file.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

/** In the order of exposition: name of the metric, of the line, and HELP. */
const statistics: readonly (readonly [name: string, line: string, help: string])[] = [
  ['acquire_error_packets_total', 'XfrmAcquireError', 'State hasn’t been fully acquired before use'],
  ['fwd_hdr_error_packets_total', 'XfrmFwdHdrError', 'Forward routing of a packet is not allowed'],
  ['in_buffer_error_packets_total', 'XfrmInBufferError', 'No buffer is left'],
  ['in_error_packets_total', 'XfrmInError', 'All errors not matched by other'],
  ['in_hdr_error_packets_total', 'XfrmInHdrError', 'Header error'],
  [
    'in_no_pols_packets_total',
    'XfrmInNoPols',
    'No policy is found for states e.g. Inbound SAs are correct but no SP is found',
  ],
  [
    'in_no_states_packets_total',
    'XfrmInNoStates',
    'No state is found i.e. Either inbound SPI, address, or IPsec protocol at SA is wrong',
  ],
  ['in_pol_block_packets_total', 'XfrmInPolBlock', 'Policy discards'],
  ['in_pol_error_packets_total', 'XfrmInPolError', 'Policy error'],
  ['in_state_expired_packets_total', 'XfrmInStateExpired', 'State is expired'],
  ['in_state_invalid_packets_total', 'XfrmInStateInvalid', 'State is invalid'],
  [
    'in_state_mismatch_packets_total',
    'XfrmInStateMismatch',
    'State has mismatch option e.g. UDP encapsulation type is mismatch',
  ],
  ['in_state_mode_error_packets_total', 'XfrmInStateModeError', 'Transformation mode specific error'],
  [
    'in_state_proto_error_packets_total',
    'XfrmInStateProtoError',
    'Transformation protocol specific error e.g. SA key is wrong',
  ],
  ['in_state_seq_error_packets_total', 'XfrmInStateSeqError', 'Sequence error i.e. Sequence number is out of window'],
  [
    'in_tmpl_mismatch_packets_total',
    'XfrmInTmplMismatch',
    'No matching template for states e.g. Inbound SAs are correct but SP rule is wrong',
  ],
  ['out_bundle_check_error_packets_total', 'XfrmOutBundleCheckError', 'Bundle check error'],
  ['out_bundle_gen_error_packets_total', 'XfrmOutBundleGenError', 'Bundle generation error'],
  ['out_error_packets_total', 'XfrmOutError', 'All errors which is not matched others'],
  ['out_no_states_packets_total', 'XfrmOutNoStates', 'No state is found'],
  ['out_pol_block_packets_total', 'XfrmOutPolBlock', 'Policy discards'],
  ['out_pol_dead_packets_total', 'XfrmOutPolDead', 'Policy is dead'],
  ['out_pol_error_packets_total', 'XfrmOutPolError', 'Policy error'],
  ['out_state_expired_packets_total', 'XfrmOutStateExpired', 'State is expired'],
  ['out_state_invalid_packets_total', 'XfrmOutStateInvalid', 'State is invalid, perhaps expired'],
  ['out_state_mode_error_packets_total', 'XfrmOutStateModeError', 'Transformation mode specific error'],
  ['out_state_proto_error_packets_total', 'XfrmOutStateProtoError', 'Transformation protocol specific error'],
  ['out_state_seq_error_packets_total', 'XfrmOutStateSeqError', 'Sequence error i.e. Sequence number overflow'],
];

const metrics = new Map(
  statistics.map(([name, line, help]): [string, Metric] => [
    line,
    { name: `node_xfrm_${name}`, type: 'counter', help },
  ]),
);

export const xfrm: Collector = {
  name: 'xfrm',
  defaultEnabled: false,
  help: 'Exposes the number of errors of IPsec transformations, from /proc/net/xfrm_stat.',
  docs: { source: '/proc/net/xfrm_stat', cost: '28 series' },
  flags: [],
  create({ paths, faults }) {
    const path = join(paths.procfs, 'net', 'xfrm_stat');
    return () => {
      const table = createSampleTable([...metrics.values()]);
      for (const [metric, value] of parseXfrmStat(readHostFile(path), faults)) table.add(metric, {}, value);
      return table.families();
    };
  },
};

/** Returns the metrics and their values. A malformed value is reported and omitted. Unknown lines, which newer kernels add, are ignored. */
export function parseXfrmStat(text: string, faults: ValueFaults): [Metric, number][] {
  const rows = parseLines(text).map(parseWords);
  if (!rows.some(([name = '']) => metrics.has(name)))
    throw new Error('xfrm_stat: expected lines such as XfrmInError, got none');
  return rows.flatMap(([name = '', word]) => {
    const metric = metrics.get(name);
    if (metric === undefined) return [];
    const value = faults.attempt(`xfrm_stat ${name}`, () => parseUnsigned(word, `xfrm_stat ${name}`));
    return value === undefined ? [] : [[metric, value]];
  });
}
