import { expect, test } from '@jest/globals';
import { hashSync } from 'bcryptjs';
import { comparePassword } from '../../../../common/http/web-config/password-check.ts';

test('compares in a child, while this process goes on', async () => {
  const hash = hashSync('p\u00e4ss:"word', 4).replace('$2b', '$2y');
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  expect(await comparePassword('p\u00e4ss:"word', hash)).toBe(true);
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(1);
  expect(await comparePassword('other', hash)).toBe(false);
});
