/** Fails a test file that leaves handles open: a server, a timer or a process that would keep the test run from ending. */
'use strict';
const { TestEnvironment } = require('jest-environment-node');

/** Handles may close after the last hook: a socket after its server, a process after its signal. */
const defaultLimitMs = 10_000;
const pollMs = 20;

/** Resources that keep the event loop alive, with how many of each kind there are. */
function countResources() {
  const counts = new Map();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** Node opens these streams at the first use and keeps them open. */
function openStandardStreams() {
  return [process.stdin, process.stdout, process.stderr];
}

class OpenHandlesEnvironment extends TestEnvironment {
  #before = new Map();
  #hasFailed = false;
  #limitMs;

  constructor(config, context) {
    super(config, context);
    this.#limitMs = config.projectConfig.testEnvironmentOptions.openHandlesLimitMs ?? defaultLimitMs;
  }

  async setup() {
    await super.setup();
    openStandardStreams();
    this.#before = countResources();
  }

  /** After a failed test, `teardown` reports no open handles: a test that fails or exceeds its limit may leave handles open. */
  async handleTestEvent({ name }) {
    if (name === 'test_fn_failure' || name === 'hook_failure') this.#hasFailed = true;
  }

  async teardown() {
    await super.teardown();
    if (this.#hasFailed) return;
    const deadlineMs = performance.now() + this.#limitMs;
    let left = this.#left();
    while (left.length > 0 && performance.now() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, pollMs));
      left = this.#left();
    }
    if (left.length > 0) throw new Error(`the tests of this file left handles open: ${left.join(', ')}`);
  }

  /** A kind that jest itself uses now and then counts as left only when there are more than before. */
  #left() {
    return [...countResources()].flatMap(([kind, count]) => {
      const more = count - (this.#before.get(kind) ?? 0);
      return more > 0 ? [`${more} ${kind}`] : [];
    });
  }
}

module.exports = OpenHandlesEnvironment;
