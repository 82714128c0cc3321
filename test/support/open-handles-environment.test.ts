/** Checks that a test file that leaves handles open fails. */
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';

interface Environment {
  setup(): Promise<void>;
  teardown(): Promise<void>;
  handleTestEvent(event: { readonly name: string }): Promise<void>;
}

const OpenHandlesEnvironment = createRequire(import.meta.url)('./open-handles-environment.cjs') as new (
  config: unknown,
  context: unknown,
) => Environment;

function createEnvironment(openHandlesLimitMs: number): Environment {
  const projectConfig = { testEnvironmentOptions: { openHandlesLimitMs }, globals: {} };
  return new OpenHandlesEnvironment(
    { projectConfig, globalConfig: {} },
    { testPath: '', docblockPragmas: {}, console },
  );
}

test('a file that closes what it opened passes, also when closing takes a moment', async () => {
  const environment = createEnvironment(10_000);
  await environment.setup();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  setTimeout(() => server.close(), 100);
  await environment.teardown();
});

test('an open server and an open timer fail the file and are named', async () => {
  const environment = createEnvironment(200);
  await environment.setup();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const timer = setInterval(() => undefined, 60_000);
  try {
    await expect(environment.teardown()).rejects.toThrow(/left handles open: .*1 TCPServerWrap/);
  } finally {
    clearInterval(timer);
    await new Promise((resolve) => server.close(resolve));
  }
});

test('open handles of a file with a failed test are not reported', async () => {
  const environment = createEnvironment(200);
  await environment.setup();
  const timer = setInterval(() => undefined, 60_000);
  try {
    await environment.handleTestEvent({ name: 'test_fn_success' });
    await environment.handleTestEvent({ name: 'test_fn_failure' });
    await environment.teardown();
  } finally {
    clearInterval(timer);
  }
});
