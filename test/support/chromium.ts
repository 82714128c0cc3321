/** Runs a real Chromium for tests with playwright-core, with the same font on every machine. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { chromiumNames } from '../../scripts/tools/tools.ts';
import { binaryPath } from './binaries.ts';

const flags = [
  '--no-sandbox', // root cannot use the sandbox, and containers rarely allow it
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
];

/**
 * Options of a page without animations. Chromium draws every frame of an animation in software. On a page of 5,000 pixels, the progress
 * bars of the panels would take more processor time than the panels.
 */
export const still = { reducedMotion: 'reduce' } as const;

const fonts = join(import.meta.dirname, '..', '..', 'node_modules', 'dejavu-fonts-ttf', 'ttf');

/** Starts Chromium. `close` ends it and deletes its files. */
export async function launchChromium(): Promise<Browser> {
  const folder = await mkdtemp(join(tmpdir(), 'hostpulse-chromium-'));
  const fontsFile = join(folder, 'fonts.conf');
  writeFileSync(fontsFile, fontsConfig(join(folder, 'fonts')));
  const browser = await chromium.launch({
    executablePath: binaryPath(...chromiumNames),
    args: flags,
    env: { ...process.env, FONTCONFIG_FILE: fontsFile, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder },
  });
  browser.once('disconnected', () => void rm(folder, { recursive: true, force: true }));
  return browser;
}

/** Configures the font of the npm package only, so that pictures look the same on every machine. */
function fontsConfig(cache: string): string {
  const families = { 'sans-serif': 'DejaVu Sans', serif: 'DejaVu Serif', monospace: 'DejaVu Sans Mono' };
  const aliases = Object.entries(families).map(
    ([generic, family]) => `<alias><family>${generic}</family><prefer><family>${family}</family></prefer></alias>`,
  );
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${fonts}</dir><cachedir>${cache}</cachedir>${aliases.join('')}</fontconfig>
`;
}
