/**
 * Exposes CPU, memory, threads, I/O and open files of groups of processes under process-exporter's names, from /proc/<pid>. The
 * counters of a group include the usage of ended processes, so that the counters do not decrease.
 */
import type { Collector } from '../collector/collector.ts';
import { checkCount, parseCount } from '../collector/count-flag.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';
import { createWorkBudget } from '../procfs/work-budget.ts';
import { compileGroups } from './process_groups/group-names.ts';
import { createGroupReader } from './process_groups/group-reader.ts';

export const processGroups: Collector = {
  name: 'process_groups',
  defaultEnabled: false,
  help: 'Exposes CPU, memory, threads, I/O and open files of groups of processes, from /proc/<pid>; the cost grows with the number of processes.',
  docs: {
    names: 'process-exporter',
    source: '/proc/<pid>/stat, status, io, fd, limits',
    cost: 'a file per process, four more for processes of groups with series, and 20 series per group, of at most `--collector.process_groups.max` groups',
    differences: [
      {
        upstream: 'reads groups from a YAML file with templates',
        here: 'reads groups from flags; each name is a group without them',
        reason: 'one file of settings',
      },
      {
        upstream: 'exposes threads, `threads_wchan`, proportional memory and `namedprocess_scrape_*`',
        here: 'absent',
        reason: 'series per thread are unbounded; hostpulse_collector_partial_errors_total counts failed reads',
      },
    ],
  },
  flags: [
    {
      name: 'by-name',
      help: 'Group and regular expression of process names, such as database=^postgres$. The first expression that matches decides. (repeatable)',
      isList: true,
    },
    {
      name: 'by-command-line',
      help: 'Group and regular expression of command lines, such as shop=java .*shop.jar, for processes whose name matches no expression. (repeatable)',
      isList: true,
    },
    {
      name: 'max',
      help: 'Maximum number of groups with series. When there are more groups, the busiest groups by CPU and memory have series.',
      default: '50',
      check: checkCount,
    },
  ],
  create({ paths, flags, faults, now = Date.now, workLimitMs }) {
    const attributes = createAttributeReader(faults);
    const budget = createWorkBudget({ subject: 'process groups', limitMs: workLimitMs, now });
    const patterns = { byName: flags['by-name'] ?? '', byCommandLine: flags['by-command-line'] ?? '' };
    const read = createGroupReader({
      procfs: paths.procfs,
      attributes,
      groupOf: compileGroups(patterns),
      // Kernel threads have hundreds of names. The list includes them only when patterns of names exist, which may match them.
      hasKernelThreads: patterns.byName !== '',
      max: parseCount(flags['max'] ?? ''),
      now,
    });
    return (signal) => budget.run(signal, read);
  },
};
