/** Generates docs/relay-webhook.schema.json. With `--check` it writes nothing and exits with 1 if the file is stale. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../common/program/package.ts';
import { webhookBody } from './channels/webhook-body.ts';

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

if (import.meta.main) {
  const file = join(packageRoot(), schemaPath);
  const text = renderWebhookSchema();
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
  } else if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${schemaPath} is stale: run npm run generate\n`);
    process.exitCode = 1;
  }
}
