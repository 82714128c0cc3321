/** The pipeline of the configuration as it is now: a reload puts another in its place. */
import type { RelayConfig } from './config.ts';
import type { Pipeline } from './pipeline.ts';

export interface LivePipeline extends Pipeline {
  /** Names of the channels that it has now. */
  channels(): readonly string[];
  /** Attempts under way end first; what waits goes on under the new configuration. Throws, and changes nothing, when none can be made of it. */
  reload(config: RelayConfig): Promise<void>;
}

export function createLivePipeline(first: RelayConfig, make: (config: RelayConfig) => Pipeline): LivePipeline {
  let pipeline = make(first);
  let names = Object.keys(first.channels);
  let isStopped = false;
  let reloading = Promise.resolve();

  async function replace(config: RelayConfig): Promise<void> {
    if (isStopped) return;
    const next = make(config);
    const old = pipeline;
    pipeline = next; // what is accepted from here on is routed as the new configuration says
    names = Object.keys(config.channels);
    await old.stop(); // before the next starts: two workers on one queue would send twice
    if (!isStopped) next.start();
  }

  return {
    accept: (payload) => pipeline.accept(payload),
    record: (change) => pipeline.record(change),
    tellNewChannels: (episodeIds) => pipeline.tellNewChannels(episodeIds),
    start: () => pipeline.start(),
    async stop() {
      isStopped = true;
      await Promise.all([reloading, pipeline.stop()]);
    },
    channels: () => names,
    reload(config) {
      const replaced = reloading.then(() => replace(config));
      reloading = replaced.catch(() => undefined); // told to whoever asked for it
      return replaced;
    },
  };
}
