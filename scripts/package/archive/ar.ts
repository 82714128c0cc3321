/** Writes ar archives, the container of Debian packages: deb(5), ar(5). */

export interface Member {
  /** At most 16 characters. */
  readonly name: string;
  readonly content: Buffer;
}

/** Returns the archive. Members belong to root and have the mode 0644. */
export function writeAr(members: readonly Member[], timeSeconds: number): Buffer {
  const parts = members.flatMap(({ name, content }) => {
    if (name.length > 16) throw new Error(`the name is longer than 16 characters: ${name}`);
    const fields = [name.padEnd(16), String(timeSeconds).padEnd(12), '0'.padEnd(6), '0'.padEnd(6), '100644'.padEnd(8)];
    const header = Buffer.from(`${fields.join('')}${String(content.length).padEnd(10)}\`\n`, 'latin1');
    return [header, content, Buffer.from(content.length % 2 === 1 ? '\n' : '', 'latin1')];
  });
  return Buffer.concat([Buffer.from('!<arch>\n', 'latin1'), ...parts]);
}
