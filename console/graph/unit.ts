/** The unit of an expression's values, as far as Prometheus' naming tells: a link to a graph carries none. */

/** As the page's formats name it; numbers that may be anything are shortened. */
export function guessUnit(expr: string): string {
  const text = expr.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
  if (/^\s*\(*\s*100\s*\*/.test(text)) return 'percent';
  if (text.includes('/')) return 'short';
  const isRate = /\b(?:rate|irate|deriv)\s*\(/.test(text);
  if (/_bytes(?:_total)?\b/.test(text)) return isRate ? 'binBps' : 'bytes';
  if (/_seconds\b/.test(text) && !isRate) return 's';
  return 'short';
}
