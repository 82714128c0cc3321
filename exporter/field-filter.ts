/** A filter by regular expression that remembers its answers: the same few hundred field names come with every scrape. */
import { compileGoRegexp } from './go-regexp.ts';

/** Names come from the kernel, so the memory is bounded by what the kernel names; a file of nonsense is forgotten. */
const maxRemembered = 4096;

/** Throws on a bad expression. */
export function createFieldFilter(expression: string): (field: string) => boolean {
  const pattern = compileGoRegexp(expression);
  const answers = new Map<string, boolean>();
  return (field) => {
    let answer = answers.get(field);
    if (answer === undefined) {
      if (answers.size >= maxRemembered) answers.clear();
      answer = pattern.test(field);
      answers.set(field, answer);
    }
    return answer;
  };
}
