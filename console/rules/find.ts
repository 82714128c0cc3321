/** Finding a rule by a part of its name, in capitals or not. */

export function findsName(name: string, wanted: string): boolean {
  return name.toLowerCase().includes(wanted.trim().toLowerCase());
}
