/** The renderer's child process: results, faults and its end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createRaster, type Raster } from '../../../alert-relay/chart/raster.ts';
import { eventually } from '../../support/eventually.ts';
import { decodePng } from '../../support/png.ts';

let raster: Raster;
afterEach(() => raster.stop());

const svgOf = (fill: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="300"><rect width="600" height="300" fill="${fill}"/></svg>`;
const never = new AbortController().signal;
const processes = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap').length;

describe('raster', () => {
  test('every caller gets its own picture, and the process ends', async () => {
    raster = createRaster();
    const before = processes();
    const fills = ['#ff0000', '#00ff00', '#0000ff'];
    const pngs = await Promise.all(fills.map((fill) => raster.render(svgOf(fill), never)));
    expect(pngs.map((png) => decodePng(png).at(10, 10))).toEqual([
      [255, 0, 0, 255],
      [0, 255, 0, 255],
      [0, 0, 255, 255],
    ]);
    raster.stop();
    await eventually({ what: 'the process ends', limitMs: 10_000 }, () => (processes() <= before ? true : undefined));
  });

  const isLinux = process.platform === 'linux';
  (isLinux ? test : test.skip)(
    "ends with its relay, however that ends, and has none of the relay's environment",
    async () => {
      raster = createRaster();
      const module = new URL('../../../alert-relay/chart/raster.ts', import.meta.url).href;
      const script = `import { createRaster } from '${module}';
      await createRaster().render(${JSON.stringify(svgOf('#ff0000'))}, new AbortController().signal);
      process.stdout.write('drawn');
      setInterval(() => undefined, 1_000);`;
      const env = { ...process.env, NODE_OPTIONS: '', RELAY_TOKEN: 's3cret' };
      const relay = spawn(process.execPath, ['--input-type=module', '-e', script], {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(relay.stdout, 'data');
      const children = readFileSync(`/proc/${relay.pid}/task/${relay.pid}/children`, 'utf8').trim().split(' ');
      expect(children).toHaveLength(1);
      expect(readFileSync(`/proc/${children[0]}/environ`, 'utf8')).not.toContain('s3cret');
      relay.kill('SIGKILL');
      await eventually({ what: 'the renderer ends', limitMs: 20_000 }, () =>
        existsSync(`/proc/${children[0]}/exe`) ? undefined : true,
      );
    },
    60_000,
  );

  test('an invalid SVG is an error, and the next picture is drawn', async () => {
    raster = createRaster();
    await expect(raster.render('<svg', never)).rejects.toThrow(/was not drawn/);
    expect(decodePng(await raster.render(svgOf('#ff0000'), never)).at(0, 0)).toEqual([255, 0, 0, 255]);
  });

  test('an aborted call rejects, and the next picture is drawn', async () => {
    raster = createRaster();
    const soon = new AbortController();
    const waiting = raster.render(svgOf('#00ff00'), soon.signal);
    soon.abort(new Error('too late'));
    await expect(waiting).rejects.toThrow('too late');
    await expect(raster.render(svgOf('#00ff00'), soon.signal)).rejects.toThrow('too late');
    expect(decodePng(await raster.render(svgOf('#0000ff'), never)).at(0, 0)).toEqual([0, 0, 255, 255]);
  });
});
