/** A file that is no progress of a copy is named. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { tryReadState } from '../../../../bin/tiers/copy/copy-state.ts';

test.each(['', '{"windowMs":', 'null', '{}'])('contents %j', (text) => {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-copy-'));
  const file = join(folder, 'state.json');
  writeFileSync(file, text);
  expect(() => tryReadState(file)).toThrow(`${file}: expected the progress of a copy`);
  rmSync(folder, { recursive: true });
});
