/** Names of rule files on disk. Apart from rule-file.ts, whose YAML library the stack's supervisor must not load. */

/** The ending that Prometheus' `rule_files` reads. */
export const ruleFileEnding = '.rules.yml';

/** Appended to the name of a file that Prometheus cannot load, so that Prometheus starts without the file. */
export const setAsideEnding = '.set-aside';
