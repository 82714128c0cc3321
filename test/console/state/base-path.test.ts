/** The page below a path of a proxy. */
import { expect, test } from '@jest/globals';
import { applyBasePath, parseBasePath, toBrowserPath, toGatewayPath } from '../../../console/state/base-path.ts';

test.each([
  ['https://a.example/assets/index-1.js', ''],
  ['https://a.example/pulse/assets/index-1.js', '/pulse'],
  ['https://a.example/a/assets/b/assets/index-1.js', '/a/assets/b'],
  ['file:///console/state/base-path.ts', ''],
])('the script %s', (url, base) => {
  expect(parseBasePath(url)).toBe(base);
});

test.each([
  ['/alerts?a=/b', '/pulse/alerts?a=/b'],
  ['/', '/pulse/'],
  ['#main', '#main'],
  ['//other.example/', '//other.example/'],
  ['https://other.example/', 'https://other.example/'],
])('the browser opens %s at %s', (path, address) => {
  expect(toBrowserPath(path, '/pulse')).toBe(address);
  expect(toBrowserPath(path, '')).toBe(path);
});

test.each([
  ['/pulse/alerts', '/alerts'],
  ['/pulse/', '/'],
  ['/pulse', '/'],
  ['/pulses', '/pulses'],
])('the address %s is the path %s', (address, path) => {
  expect(toGatewayPath(address, '/pulse')).toBe(path);
  expect(toGatewayPath(address, '')).toBe(address);
});

test('links, forms and requests get the base path; components and SVG references do not', async () => {
  const seen: unknown[] = [];
  const requested: unknown[] = [];
  const options = { vnode: (vnode: { readonly props: object }) => void seen.push(vnode.props) };
  const page = { fetch: (target: unknown) => Promise.resolve(new Response(String(requested.push(target)))) };
  applyBasePath(options, page as { fetch: typeof fetch }, '/pulse');
  const draw = (type: unknown, props: object) => (options.vnode as (vnode: object) => void)({ type, props });
  draw('a', { href: '/alerts' });
  draw('form', { action: '/logout' });
  draw('use', { href: '#icon' });
  draw(() => null, { href: '/alerts' });
  await page.fetch('/api/v1/hosts');
  expect(seen).toEqual([
    { href: '/pulse/alerts' },
    { action: '/pulse/logout' },
    { href: '#icon' },
    { href: '/alerts' },
  ]);
  expect(requested).toEqual(['/pulse/api/v1/hosts']);
});
