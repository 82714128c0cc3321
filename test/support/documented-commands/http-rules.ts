/** Checks calls of `curl` and `wget`: their flags, and that the gateway or Prometheus has the called path. */
import { routes } from '../../../ingest-gateway/api/routes/index.ts';
import { defaultPorts } from '../../../stack/ports.ts';

/** Flags with a value, and flags without. Letters may be joined: `-fsSk`. */
const curlFlags = {
  withValue: ['-H', '-d', '-u', '-o', '-b', '-c', '--data-urlencode', '--pinnedpubkey', '--cacert'],
  alone: 'fsSkL',
};
const wgetFlags = ['-qO-', '--no-check-certificate', '--pinnedpubkey'];

/** Paths of the gateway that are not in its API, and paths of the other programs. */
const gatewayPaths = ['/metrics', '/-/healthy', '/-/ready', '/install', '/login'];
const otherPaths: Readonly<Record<string, readonly string[]>> = {
  prometheus: ['/metrics', '/api/v1/query'],
  exporter: ['/metrics'],
};

export function curlProblems(args: readonly string[]): readonly string[] {
  const problems: string[] = [];
  const urls: string[] = [];
  let method = 'GET';
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? '';
    const [, joined = '', last = ''] = /^-([A-Za-z]*)([A-Za-z])$/.exec(word) ?? [];
    if (!word.startsWith('-')) urls.push(word);
    else if (curlFlags.withValue.includes(word) || curlFlags.withValue.includes(`-${last}`)) {
      if (last === 'd' || word === '--data-urlencode') method = 'POST';
      at += 1;
      const unknown = joined.split('').filter((letter) => !curlFlags.alone.includes(letter));
      if (unknown.length > 0) problems.push(`curl has no known flag -${unknown.join('')}`);
    } else if (last === '' || !`${joined}${last}`.split('').every((letter) => curlFlags.alone.includes(letter)))
      problems.push(`curl has no known flag ${word}`);
  }
  if (urls.length !== 1) problems.push(`expected one URL, got ${urls.length}`);
  return [...problems, ...urls.flatMap((url) => urlProblems(url, method))];
}

export function wgetProblems(args: readonly string[]): readonly string[] {
  const flags = args.filter((word) => word.startsWith('-'));
  const unknown = flags.filter((word) => !wgetFlags.includes(word.replace(/=.*/s, '')));
  const urls = args.filter((word) => !word.startsWith('-'));
  return [
    ...unknown.map((flag) => `wget has no known flag ${flag}`),
    ...urls.flatMap((url) => urlProblems(url, 'GET')),
  ];
}

function urlProblems(text: string, method: string): readonly string[] {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url === null) return [`${text} is not a URL`];
  const program = Object.entries(defaultPorts).find(([, port]) => String(port) === url.port)?.[0] ?? 'gateway';
  const other = otherPaths[program];
  if (other !== undefined) return other.includes(url.pathname) ? [] : [`${program} has no known path ${url.pathname}`];
  if (program !== 'gateway') return [`no rule for the paths of ${program}`];
  if (gatewayPaths.includes(url.pathname)) return [];
  const route = routes.find((each) => each.path === url.pathname && each.methods.some((name) => name === method));
  if (route === undefined) return [`the API has no ${method} ${url.pathname}`];
  const unknown = [...url.searchParams.keys()].filter((name) => !(name in route.parameters.shape));
  return unknown.map((name) => `${route.path} has no parameter ${name}`);
}
