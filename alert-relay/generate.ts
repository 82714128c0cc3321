/** Generates docs/relay-webhook.schema.json and the tables of docs/channels.md. With `--check`, exits with 1 if one is stale. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../common/program/package.ts';
import { webhookBody } from './channels/webhook-body.ts';
import { channelsPagePath, examplePath, renderChannelsPage } from './channels-page.ts';

export const schemaPath = 'docs/relay-webhook.schema.json';

/** Returns the JSON schema of the webhook channel's body. */
export function renderWebhookSchema(): string {
  const schema = z.toJSONSchema(webhookBody);
  return `${joinShortLists(JSON.stringify({ title: 'hostpulse relay webhook, version 1', ...schema }, null, 2))}\n`;
}

/** Joins short lists on one line, like the repository's formatter. */
function joinShortLists(json: string): string {
  return json.replaceAll(/^(.*\[)\n([^[\]{}]*)\n *\]/gm, (whole, head: string, items: string) => {
    const line = `${head}${items.trim().replaceAll(/\n */g, ' ')}]`;
    return line.length < 120 ? line : whole;
  });
}

/** Returns the generated files by path. */
export function renderFiles(read: (path: string) => string): ReadonlyMap<string, string> {
  return new Map([
    [schemaPath, renderWebhookSchema()],
    [channelsPagePath, renderChannelsPage(read(channelsPagePath), read(examplePath))],
  ]);
}

if (import.meta.main) {
  const read = (path: string): string => readFileSync(join(packageRoot(), path), 'utf8');
  for (const [path, text] of renderFiles(read)) {
    if (!process.argv.includes('--check')) {
      writeFileSync(join(packageRoot(), path), text);
    } else if (read(path) !== text) {
      process.stderr.write(`${path} is stale: run npm run generate\n`);
      process.exitCode = 1;
    }
  }
}
