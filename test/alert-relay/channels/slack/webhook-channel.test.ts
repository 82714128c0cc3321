/** Slack payloads and mails as golden files. Slack accepts every payload, also for hostile alerts. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type MailContent, renderGroupMail, renderMail } from '../../../../alert-relay/channels/email/render.ts';
import {
  renderGroupPayload,
  renderMessagePayload,
  type SlackPayload,
} from '../../../../alert-relay/channels/slack/webhook-channel.ts';
import { altOf } from '../../../../alert-relay/chart/chart-data.ts';
import { groupCases, messageCases } from '../../../support/alert-messages.ts';
import { pictureCases } from '../../../support/alert-pictures.ts';
import { expectGolden } from '../../../support/golden.ts';
import { trySlackFault } from '../../../support/slack-rules.ts';

const cases = join(import.meta.dirname, '../../../cases/alert-relay');

function altFor(name: string): string | undefined {
  const found = pictureCases.find((each) => each.name === name);
  return found === undefined ? undefined : altOf(found.message, found.subject);
}

const rendered: readonly (readonly [string, SlackPayload, MailContent])[] = [
  ...Object.entries(messageCases).map(
    ([name, message]) => [name, renderMessagePayload(message), renderMail(message, altFor(name))] as const,
  ),
  ...Object.entries(groupCases).map(
    ([name, group]) => [name, renderGroupPayload(group), renderGroupMail(group, altFor(name))] as const,
  ),
];

describe.each(rendered)('%s', (name, payload, mail) => {
  test('Slack', () => {
    expect(trySlackFault({ ...payload })).toBeUndefined();
    expectGolden(join(cases, 'slack', `${name}.json`), `${JSON.stringify(payload, null, 2)}\n`);
  });

  test('mail', () => {
    expect(mail.subject).not.toMatch(/[\p{Cc}]/u);
    expect(
      mail.html.replaceAll(
        /<!doctype html>|<\/?(?:html|head|meta|title|style|body|div|table|tr|td|a|img|span)[ >][^<]*/g,
        '',
      ),
    ).not.toMatch(/<(?!\/)[a-z]/);
    expectGolden(join(cases, 'email', `${name}.html`), mail.html);
    expectGolden(join(cases, 'email', `${name}.txt`), `Subject: ${mail.subject}\n\n${mail.text}`);
  });
});

test('every golden file has a case', () => {
  const names = rendered.map(([name]) => name);
  for (const [folder, ends] of [
    ['slack', ['.json']],
    ['email', ['.html', '.txt']],
  ] as const) {
    expect(existsSync(join(cases, folder))).toBe(true);
    const expected = names.flatMap((name) => ends.map((end) => `${name}${end}`)).sort();
    expect(readdirSync(join(cases, folder)).sort()).toEqual(expected);
  }
});
