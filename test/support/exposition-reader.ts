/** Parses the text format, to compare two exporters. */

export interface ReadFamily {
  readonly help: string;
  readonly type: string;
  /** Values by the labels of the sample, sorted by name: `device="sda",mode="idle"`. */
  readonly samples: Map<string, number>;
}

export function readExpositionPage(page: string): Map<string, ReadFamily> {
  const families = new Map<string, { help: string; type: string; samples: Map<string, number> }>();
  const familyOf = (name: string) => {
    const family = families.get(name) ?? { help: '', type: '', samples: new Map<string, number>() };
    families.set(name, family);
    return family;
  };
  for (const line of page.split('\n')) {
    const [, kind, name, text] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') familyOf(name as string).help = text as string;
    else if (kind === 'TYPE') familyOf(name as string).type = text as string;
    else if (line !== '') addSample(line, familyOf);
  }
  return families;
}

const sampleLine = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const labelPair = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

function addSample(line: string, familyOf: (name: string) => { samples: Map<string, number> }): void {
  const [, name, labels = '', value] = sampleLine.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`not a sample: ${line}`);
  const pairs = [...labels.matchAll(labelPair)].map(([pair]) => pair).sort();
  const key = pairs.join(',');
  const { samples } = familyOf(name);
  if (samples.has(key)) throw new Error(`twice on one page: ${line}`);
  samples.set(key, Number(value));
}
