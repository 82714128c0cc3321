// Subject: docs/relay-webhook.md
/** Checks docs/relay-webhook.md: the example matches the schema, and the example code accepts only valid signatures. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { signWebhook } from '../../alert-relay/channels/webhook.ts';
import { webhookBody } from '../../alert-relay/channels/webhook-body.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/relay-webhook.md'), 'utf8');

function block(language: string): string {
  const text = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(page)?.[1];
  if (text === undefined) throw new Error(`docs/relay-webhook.md has no ${language} block`);
  return text;
}

describe('docs/relay-webhook.md', () => {
  test('the example is a valid body', () => {
    const example = JSON.parse(block('json')) as Record<string, unknown>;
    expect(webhookBody.safeParse(example).error).toBeUndefined();
    expect(Object.keys(example)).toEqual(Object.keys(webhookBody.shape));
  });

  test('the code accepts only valid signatures', () => {
    const body = '{"version":"1"}';
    const signature = signWebhook({ secret: 'key', timestampSeconds: 1_000, body });
    const good = { secret: 'key', timestamp: '1000', signature, body, nowSeconds: 1_100 };
    const messages = [
      good,
      { ...good, secret: 'other' },
      { ...good, body: '{"version":"2"}' },
      { ...good, timestamp: '1001' },
      { ...good, nowSeconds: 1_400 },
      { ...good, signature: undefined },
    ];
    const script = `${block('js')}\nconsole.log(JSON.stringify(${JSON.stringify(messages)}.map(isGenuine)))`;
    const answer = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(JSON.parse(answer)).toEqual([true, false, false, false, false, false]);
  });
});
