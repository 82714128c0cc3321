/** Finds the rule file that made Prometheus refuse a reload: Prometheus names it in its log only. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseDocument } from 'yaml';
import { HttpProblem } from '../../../common/http/problem.ts';
import type { Promtool } from '../../../common/prometheus/promtool.ts';
import { trySyntaxFault } from '../check/check.ts';

/** Returns the problem 503 of a reload that Prometheus refuses although the edit is undone; it names the broken file if found. */
export async function explainRefusedReload(files: readonly string[], promtool: Promtool): Promise<HttpProblem> {
  const options = { headers: { 'Retry-After': '60' } };
  for (const path of files) {
    const fault = (await promtool(path))?.message ?? (await tryFault(path));
    if (fault === undefined) continue;
    const title = `nothing was changed: another rule file is broken: custom-rules/${basename(path)}: ${fault}`;
    return new HttpProblem(503, title, options);
  }
  const title = 'nothing was changed: Prometheus refuses its own configuration; its log has the reason';
  return new HttpProblem(503, title, options);
}

interface RuleFile {
  readonly groups?: readonly { readonly rules?: readonly { readonly expr?: unknown }[] }[];
}

/** Checks what needs no promtool: YAML, the outer structure, the grammar of PromQL. */
async function tryFault(path: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return `it cannot be read (${(error as NodeJS.ErrnoException).code})`;
  }
  const document = parseDocument(text);
  const [broken] = document.errors;
  if (broken !== undefined) return broken.message.split('\n')[0]?.replace(/:$/, '') ?? 'no YAML';
  const content = document.toJS() as RuleFile | null;
  if (content === null) return undefined;
  if (!Array.isArray(content.groups)) return 'expected groups';
  for (const [at, { rules = [] }] of (content as Required<RuleFile>).groups.entries())
    for (const [index, { expr }] of rules.entries()) {
      const fault =
        typeof expr === 'string' || typeof expr === 'number'
          ? trySyntaxFault(String(expr))
          : { message: 'expected PromQL' };
      if (fault !== undefined) return `groups[${at}].rules[${index}].expr: ${fault.message}`;
    }
  return undefined;
}
