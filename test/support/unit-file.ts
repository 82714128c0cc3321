/** Parses a systemd unit file: directives by section, in order; repeated directives are collected. Source: systemd.syntax(7) */

export type UnitSection = ReadonlyMap<string, readonly string[]>;

export function parseUnitFile(text: string): ReadonlyMap<string, UnitSection> {
  const sections = new Map<string, Map<string, string[]>>();
  let current: Map<string, string[]> | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const [, section] = /^\[([A-Za-z]+)\]$/.exec(line) ?? [];
    if (section !== undefined) {
      current = new Map();
      sections.set(section, current);
      continue;
    }
    const [, name, value] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined || current === undefined) {
      throw new Error(`line ${index + 1}: expected a section or Name=value, got ${JSON.stringify(line)}`);
    }
    current.set(name, [...(current.get(name) ?? []), value]);
  }
  return sections;
}
