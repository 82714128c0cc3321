/** Files that `up` writes, and the check for free ports. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { renderAlertmanagerConfig } from '../../stack/configure.ts';
import { defaultPorts, portsWithOffset, requireFreePorts } from '../../stack/ports.ts';
import { startWebhookSink } from '../support/webhook-sink.ts';

const original = readFileSync(join(import.meta.dirname, '..', '..', 'alertmanager.yml'), 'utf8');

describe('alertmanager.yml', () => {
  test("differs from the package's file only in the relay's URL", () => {
    const before = original.split('\n');
    const after = renderAlertmanagerConfig(original, 19_194).split('\n');
    const changed = before.flatMap((line, index) =>
      line === after[index] ? [] : [[line.trim(), after[index]?.trim()]],
    );
    expect(after).toHaveLength(before.length);
    expect(changed).toEqual([['- url: http://127.0.0.1:9194/webhook', '- url: http://127.0.0.1:19194/webhook']]);
  });

  test('is the file of the package at the default port', () => {
    expect(renderAlertmanagerConfig(original, defaultPorts.relay)).toBe(original);
  });
});

describe('ports', () => {
  test('the offset applies to every port', () => {
    expect(portsWithOffset(1_000)).toEqual({
      exporter: 10_100,
      gateway: 10_180,
      relay: 10_194,
      prometheus: 10_090,
      alertmanager: 10_093,
      otlp: 5_317,
    });
  });

  test('an occupied port is one line with the port, its component and the remedy', async () => {
    const sink = await startWebhookSink();
    try {
      const port = Number(new URL(sink.url).port);
      // Port 0 is always free.
      const ports = { exporter: 0, relay: 0, prometheus: 0, alertmanager: 0, otlp: 0, gateway: port };
      await expect(requireFreePorts(ports, { host: '127.0.0.1', port })).rejects.toThrow(
        `already in use by another program: 127.0.0.1:${port} (gateway); free them or choose others with --port-offset or --listen`,
      );
    } finally {
      await sink.stop();
    }
  });
});
