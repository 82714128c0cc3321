/** Credentials in URLs are not shown. */
import { describe, expect, test } from '@jest/globals';
import { describeValue, maskUserInfo, url } from '../../../../common/program/settings/setting-type.ts';

describe('credentials in URLs', () => {
  test.each([
    ['https://user:CANARY@host/path', 'https://<secret>@host/path'],
    ['https://CANARY@host', 'https://<secret>@host'],
    ['https://user:p@CANARY/x@host', 'https://<secret>@host'],
    ['ftp://user:CANARY@host', 'ftp://<secret>@host'],
    ['user:CANARY@host', '<secret>@host'],
    ['["https://user:CANARY@host","b"]', '["https://<secret>@host","b"]'],
    ['http://[::1]:9090/a', 'http://[::1]:9090/a'],
    ['{"from":"ops@example.com"}', '{"from":"ops@example.com"}'],
    ['ops@example.com', 'ops@example.com'],
  ])('%s', (text, expected) => {
    expect(maskUserInfo(text)).toBe(expected);
  });

  test('neither problems nor printed configurations show them', () => {
    expect(describeValue('ftp://user:CANARY@host')).toBe('"ftp://<secret>@host"');
    expect(url.print('http://user:CANARY@host:9090')).toBe('http://<secret>@host:9090');
  });
});
