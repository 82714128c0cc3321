/** Output of the commands. */

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints a table whose columns are as wide as their widest cells. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  for (const row of [head, ...rows])
    print(
      row
        .map((cell, at) => withoutControls(cell).padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

/** Replaces control characters, which a terminal would interpret. */
export function withoutControls(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
