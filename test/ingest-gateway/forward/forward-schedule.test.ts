/** The forwarder's decisions: single transitions, and random interleavings of events that check every guarantee. */
import { describe, expect, test } from '@jest/globals';
import {
  createSchedule,
  defaultLimits,
  hasRoom,
  isOutage,
  type NextBatch,
  nextActions,
  type Schedule,
  type ScheduleLimits,
  type SendResult,
} from '../../../ingest-gateway/forward/forward-schedule.ts';
import { maxCoalesced } from '../../../ingest-gateway/forward/remote-write-client.ts';
import { createRandom, type Random } from '../../support/random.ts';

const plain: NextBatch = { isCompared: false, bytes: 100 };
const compared: NextBatch = { isCompared: true, bytes: 100 };
const ok: SendResult = { kind: 'ok' };
const retry: SendResult = { kind: 'retry' };
const unreachable: SendResult = { kind: 'unreachable' };

/** A schedule with a clock; backoff takes its longest time. Methods return the hosts to send, `!` marks uncoalesced ones. */
function scene(limits: Partial<ScheduleLimits> = {}) {
  const schedule = createSchedule({ ...defaultLimits, maxRequests: 2, ...limits });
  const context = { nowMs: 1_000, random: () => 0.999_999 };
  const act = (event: Parameters<typeof nextActions>[1]) => {
    const { send, wakeAtMs } = nextActions(schedule, event, context);
    return { sent: send.map(({ host, coalesce }) => (coalesce ? host : `${host}!`)), wakeAtMs };
  };
  act({ kind: 'walkBegan' });
  act({ kind: 'walkEnded' });
  return {
    schedule,
    offer: (host: string, next = plain) => act({ kind: 'offered', host, next }).sent,
    finish: (host: string, result: SendResult, next?: NextBatch) => act({ kind: 'finished', host, result, next }).sent,
    wakeAfter: (ms: number) => {
      context.nowMs += ms;
      return act({ kind: 'woken' }).sent;
    },
    /** Milliseconds until the schedule asks to be woken. */
    wait: () => (act({ kind: 'woken' }).wakeAtMs ?? Number.NaN) - context.nowMs,
  };
}

describe('a host', () => {
  test('is sent when it is offered, and again while it has batches', () => {
    const { offer, finish, schedule } = scene();
    expect(offer('a')).toEqual(['a']);
    expect(finish('a', ok, plain)).toEqual(['a']);
    expect(finish('a', ok)).toEqual([]);
    expect(schedule.hosts.size).toBe(0);
  });

  test('has one batch in flight, however often it is offered', () => {
    const { offer, finish } = scene();
    expect([offer('a'), offer('a'), offer('a')]).toEqual([['a'], [], []]);
    expect(finish('a', ok)).toEqual([]);
    expect(offer('a')).toEqual(['a']);
  });

  test('that failed is sent after its backoff, alone, while the others go on', () => {
    const { offer, finish, wakeAfter, wait } = scene();
    offer('a');
    expect(finish('a', retry, plain)).toEqual([]);
    expect(offer('b')).toEqual(['b']);
    expect(finish('b', ok, plain)).toEqual(['b']);
    expect(wait()).toBe(250);
    expect([offer('a'), wakeAfter(249), wakeAfter(1)]).toEqual([[], [], ['a!']]);
    expect(finish('a', ok, plain)).toEqual(['a']);
  });

  test.each<readonly [failures: number, result: SendResult, waitMs: number]>([
    [1, retry, 250],
    [2, retry, 500],
    [5, retry, 4_000],
    [9, retry, 30_000],
    [20, retry, 30_000],
    [1, { kind: 'retry', afterMs: 7_000 }, 7_000],
    [1, { kind: 'retry', afterMs: 0 }, 50],
    [1, { kind: 'retry', afterMs: 3_600_000 }, 30_000],
  ])('waits after failure %i with %j for %i ms', (failures, result, waitMs) => {
    const { offer, finish, wakeAfter, wait } = scene();
    offer('a');
    for (let failure = 1; failure < failures; failure++) {
      finish('a', retry, plain);
      expect(wakeAfter(wait())).toEqual(['a!']);
    }
    finish('a', result, plain);
    expect(wait()).toBe(waitMs);
  });

  test('whose batch is gone is forgotten, and counts neither as success nor as failure', () => {
    const { offer, finish, wakeAfter, wait, schedule } = scene();
    offer('a');
    offer('b');
    finish('a', unreachable, plain);
    finish('b', unreachable, plain);
    expect(wakeAfter(wait())).toEqual(['a!']);
    finish('a', { kind: 'nothing' });
    expect([isOutage(schedule), schedule.hosts.has('a'), schedule.failingHosts]).toEqual([true, false, 1]);
  });

  test('that was not in flight cannot finish', () => {
    const { offer, finish, schedule } = scene();
    expect(() => finish('a', ok)).toThrow('expected a in flight');
    offer('a');
    finish('a', retry, plain);
    expect(() => finish('a', ok)).toThrow('expected a in flight');
    expect(schedule.inFlight).toEqual({ hosts: 0, failing: 0, compared: 0, bytes: 0 });
  });
});

describe('requests in parallel', () => {
  test('hold at most the coalesced batches of all requests', () => {
    const { offer, finish } = scene();
    const sent = Array.from({ length: 100 }, (_, index) => offer(`host-${index}`)).flat();
    expect(sent).toHaveLength(2 * maxCoalesced);
    expect(finish('host-0', ok, plain)).toEqual(['host-64']);
  });

  test('hold at most 32 MiB, except for one batch a request', () => {
    const { offer, finish } = scene();
    const large: NextBatch = { isCompared: false, bytes: 20 * 2 ** 20 };
    expect(['a', 'b', 'c'].flatMap((host) => offer(host, large))).toEqual(['a', 'b']);
    expect(finish('a', ok)).toEqual(['c']);
  });

  test('compare at most one batch each, without holding up other batches', () => {
    const { offer, finish } = scene();
    expect(['a', 'b', 'c'].flatMap((host) => offer(host, compared))).toEqual(['a', 'b']);
    expect(offer('d')).toEqual(['d']);
    expect(finish('b', ok, compared)).toEqual(['c']);
  });

  test('go to failing hosts by half at most', () => {
    const { offer, finish, wakeAfter } = scene({ maxRequests: 4 });
    for (const host of ['a', 'b', 'c']) offer(host);
    for (const host of ['a', 'b', 'c']) finish(host, retry, plain);
    expect(wakeAfter(250)).toEqual(['a!', 'b!']);
    expect(offer('d')).toEqual(['d']);
    expect(finish('a', retry, plain)).toEqual(['c!']);
  });
});

describe('an outage', () => {
  function outage() {
    const all = scene({ maxRequests: 4 });
    for (const host of ['a', 'b', 'c', 'd']) all.offer(host);
    return all;
  }

  test('is not concluded from one unreachable outcome', () => {
    const { offer, finish, schedule } = outage();
    finish('a', unreachable, plain);
    expect([isOutage(schedule), offer('e')]).toEqual([false, ['e']]);
    finish('b', ok);
    finish('c', unreachable, plain);
    expect(isOutage(schedule)).toBe(false);
  });

  test('pauses all hosts, then lets one probe at a time with backoff', () => {
    const { offer, finish, wakeAfter, wait, schedule } = outage();
    for (const host of ['a', 'b', 'c', 'd']) finish(host, unreachable, plain);
    expect([isOutage(schedule), offer('e'), offer('f'), wait()]).toEqual([true, [], [], 250]);
    const waits: number[] = [];
    for (let probe = 0; probe < 6; probe++) {
      const sent = wakeAfter(wait());
      while (sent.length === 0) sent.push(...wakeAfter(wait()));
      expect(sent).toHaveLength(1);
      expect(wakeAfter(1)).toEqual([]);
      finish((sent[0] as string).replace('!', ''), unreachable, plain);
      waits.push(schedule.pausedUntilMs);
    }
    const gaps = waits.slice(1).map((untilMs, index) => untilMs - (waits[index] as number));
    expect(gaps.every((gap, index) => index === 0 || gap >= (gaps[index - 1] as number))).toBe(true);
    expect(gaps.at(-1)).toBeLessThan(5_100);
  });

  test('ends with the first success: the rest resume', () => {
    const { offer, finish, wakeAfter, schedule } = outage();
    for (const host of ['a', 'b', 'c', 'd']) finish(host, unreachable, plain);
    for (const host of ['e', 'f', 'g']) offer(host);
    const [probe, ...others] = wakeAfter(250);
    expect(others).toEqual([]);
    const sent = finish((probe as string).replace('!', ''), ok);
    expect(isOutage(schedule)).toBe(false);
    // Failing hosts take half of the four requests.
    expect(sent.filter((host) => host.endsWith('!'))).toHaveLength(2);
    expect(sent).toEqual(expect.arrayContaining(['f', 'g']));
  });

  test('goes on while a probe gets a failure of its host alone', () => {
    const { offer, finish, wakeAfter, schedule } = outage();
    for (const host of ['a', 'b', 'c', 'd']) finish(host, unreachable, plain);
    offer('e');
    expect(wakeAfter(250)).toHaveLength(1);
    const probe = [...schedule.hosts.values()].find(({ isInFlight }) => isInFlight)?.name as string;
    expect(finish(probe, retry, plain)).toHaveLength(1);
    expect(isOutage(schedule)).toBe(true);
  });
});

describe('limits', () => {
  test('leave hosts beyond them untracked, and ask for them again when there is room', () => {
    const { offer, finish, wait, schedule } = scene({ maxRequests: 1, maxReadyHosts: 3 });
    for (let index = 0; index < 200; index++) offer(`late-${index}`, compared);
    expect([schedule.hosts.size, schedule.hasUntracked, hasRoom(schedule), wait()]).toEqual([4, true, true, 50]);
    for (let index = 0; index < 200; index++) offer(`host-${index}`);
    expect([schedule.hosts.size, hasRoom(schedule), wait()]).toEqual([maxCoalesced + 6, false, Number.NaN]);
    finish('late-0', ok);
    finish('host-0', ok);
    expect([hasRoom(schedule), wait()]).toEqual([true, 50]);
  });

  test('send a host with more batches behind those that wait', () => {
    const { offer, finish, schedule } = scene({ maxRequests: 1, maxReadyHosts: 1 });
    for (let index = 0; index <= maxCoalesced; index++) offer(`host-${index}`);
    expect(finish('host-0', ok, plain)).toEqual([`host-${maxCoalesced}`]);
    expect([schedule.hosts.has('host-0'), schedule.hasUntracked]).toEqual([false, true]);
  });

  test('count a failure beyond maxFailingHosts as unreachable, so that the schedule slows down', () => {
    const { offer, finish, schedule } = scene({ maxFailingHosts: 2, maxRequests: 4 });
    for (const host of ['a', 'b', 'c', 'd']) {
      offer(host);
      finish(host, retry, plain);
    }
    expect([[...schedule.hosts.keys()], schedule.failingHosts, schedule.hasUntracked]).toEqual([['a', 'b'], 2, true]);
    expect(isOutage(schedule)).toBe(true);
  });

  test('a walk over the queue that leaves no host untracked ends the search', () => {
    const schedule = createSchedule({ ...defaultLimits, maxRequests: 1, maxReadyHosts: 1 });
    const act = (event: Parameters<typeof nextActions>[1]) =>
      nextActions(schedule, event, { nowMs: 0, random: () => 0 });
    expect(schedule.hasUntracked).toBe(true);
    act({ kind: 'walkBegan' });
    for (let index = 0; index < maxCoalesced + 2; index++) act({ kind: 'offered', host: `host-${index}`, next: plain });
    act({ kind: 'walkEnded' });
    expect(schedule.hasUntracked).toBe(true);
    act({ kind: 'walkBegan' });
    act({ kind: 'walkEnded' });
    expect(schedule.hasUntracked).toBe(false);
  });
});

/** Throws when a guarantee is broken. Much faster than `expect`, which matters for thousands of steps. */
function guarantee(isKept: boolean, rule: string): void {
  if (!isKept) throw new Error(`broken: ${rule}`);
}

/** A fleet with a queue, sent by a schedule. Every step checks the guarantees. Every third batch is compared if `hasCompared`. */
function fleet(random: Random, { hasCompared, ...limits }: ScheduleLimits & { readonly hasCompared: boolean }) {
  const schedule: Schedule = createSchedule(limits);
  const queues = new Map<string, number[]>();
  /** Host and batch of each request. */
  const inFlight = new Map<string, number>();
  const delivered = new Map<string, number[]>();
  const failing = new Map<string, number>();
  let [nowMs, wakeAtMs, lastId] = [0, Number.POSITIVE_INFINITY, 0];
  let isDown = false;
  let walk: Iterator<string> | undefined;

  const isCompared = (id: number): boolean => hasCompared && id % 3 === 0;
  const next = (host: string): NextBatch | undefined => {
    const id = queues.get(host)?.[0];
    return id === undefined ? undefined : { isCompared: isCompared(id), bytes: 100 };
  };

  function act(event: Parameters<typeof nextActions>[1]): void {
    const wasOutage = isOutage(schedule);
    const actions = nextActions(schedule, event, { nowMs, random: () => random.below(1_000) / 1_000 });
    wakeAtMs = actions.wakeAtMs ?? Number.POSITIVE_INFINITY;
    for (const { host, coalesce } of actions.send) {
      guarantee(!inFlight.has(host), 'one batch in flight a host');
      guarantee(nowMs >= (failing.get(host) ?? 0), 'a failing host backs off');
      guarantee(coalesce === (schedule.hosts.get(host)?.failures === 0), 'a failing host goes alone');
      inFlight.set(host, queues.get(host)?.[0] as number);
    }
    if (wasOutage && isOutage(schedule) && actions.send.length > 0) guarantee(inFlight.size === 1, 'one probe');
    check();
  }

  function check(): void {
    const { maxRequests, maxReadyHosts, maxFailingHosts } = limits;
    const alone = [...inFlight.keys()].filter((host) => (schedule.hosts.get(host)?.failures ?? 0) > 0);
    guarantee(alone.length <= Math.max(1, maxRequests >> 1), 'failing hosts take half of the requests');
    guarantee([...inFlight.values()].filter(isCompared).length <= maxRequests, 'one comparison a request');
    guarantee(inFlight.size <= maxRequests * maxCoalesced, 'requests are bounded');
    guarantee(schedule.inFlight.hosts === inFlight.size, 'batches in flight are counted');
    guarantee(schedule.failingHosts <= maxFailingHosts, 'failing hosts are bounded');
    const bound = 2 * maxReadyHosts + maxFailingHosts + maxRequests * maxCoalesced;
    guarantee(schedule.hosts.size <= bound, 'tracked hosts are bounded');
  }

  function offer(host: string): void {
    const batch = next(host);
    if (batch !== undefined) act({ kind: 'offered', host, next: batch });
  }

  return {
    inFlight,
    delivered,
    setDown: (down: boolean) => void (isDown = down),
    accept: (host: string): void => {
      const queue = queues.get(host) ?? [];
      queues.set(host, queue);
      queue.push(++lastId);
      if (queue.length === 1) offer(host);
    },
    finish: (host: string, wanted: SendResult): void => {
      const id = inFlight.get(host) as number;
      inFlight.delete(host);
      const result = isDown ? unreachable : wanted;
      if (result.kind === 'ok') {
        const queue = queues.get(host) as number[];
        guarantee(queue.shift() === id, 'batches of a host are sent in order');
        if (queue.length === 0) queues.delete(host);
        delivered.set(host, [...(delivered.get(host) ?? []), id]);
        failing.delete(host);
      } else failing.set(host, nowMs + 50);
      act({ kind: 'finished', host, result, next: next(host) });
      if (!schedule.hosts.has(host)) failing.delete(host);
    },
    wake: (): void => {
      if (wakeAtMs === Number.POSITIVE_INFINITY) return;
      nowMs = Math.max(nowMs, wakeAtMs);
      act({ kind: 'woken' });
    },
    /** Offers a few hosts of the queue, as the forwarder does after each event. */
    refill: (): void => {
      for (let offers = 0; offers < 8 && hasRoom(schedule); offers++) {
        if (walk === undefined) {
          if (!schedule.hasUntracked) return;
          walk = queues.keys();
          act({ kind: 'walkBegan' });
        }
        const { done = false, value } = walk.next();
        if (!done) offer(value as string);
        else {
          walk = undefined;
          act({ kind: 'walkEnded' });
        }
      }
    },
    isEmpty: () => queues.size === 0,
  };
}

describe('random interleavings', () => {
  const cases = Array.from({ length: 12 }, (_, seed) => ({ seed, hosts: seed < 8 ? 8 : 150, isTight: seed % 2 === 1 }));

  test.each(cases)(
    'keep every guarantee: seed $seed, $hosts hosts, tight limits $isTight',
    ({ seed, hosts, isTight }) => {
      const random = createRandom(seed);
      const tight = { maxReadyHosts: 3, maxFailingHosts: 4 };
      const { accept, finish, wake, refill, setDown, inFlight, delivered, isEmpty } = fleet(random, {
        ...(isTight ? tight : defaultLimits),
        maxRequests: 1 + random.below(4),
        hasCompared: true,
      });
      const results = [ok, ok, ok, retry, unreachable, { kind: 'retry', afterMs: random.below(2_000) } as const];
      for (let step = 0; step < 2_000; step++) {
        const choice = random.below(10);
        if (choice < 4) accept(`host-${random.below(hosts)}`);
        else if (choice < 8 && inFlight.size > 0) finish(random.pick([...inFlight.keys()]), random.pick(results));
        else if (choice === 8) wake();
        else if (random.below(20) === 0) setDown(random.below(2) === 0);
        refill();
      }
      setDown(false);
      for (let step = 0; step < 20_000 && !isEmpty(); step++) {
        if (inFlight.size > 0) finish(random.pick([...inFlight.keys()]), ok);
        else wake();
        refill();
      }
      expect(isEmpty()).toBe(true);
      const ids = [...delivered.values()].flat();
      expect(ids.length).toBeGreaterThan(400);
      expect(new Set(ids).size).toBe(ids.length);
      for (const ofHost of delivered.values()) expect(ofHost).toEqual([...ofHost].sort((a, b) => a - b));
    },
  );

  test('10,000 hosts with a backlog are all sent, in turn, with few tracked', () => {
    const random = createRandom(1);
    const { accept, finish, refill, wake, inFlight, delivered, isEmpty } = fleet(random, {
      maxReadyHosts: 64,
      maxFailingHosts: 64,
      maxRequests: 2,
      hasCompared: false,
    });
    for (let batch = 0; batch < 20_000; batch++) accept(`host-${batch % 10_000}`);
    let steps = 0;
    for (; !isEmpty() && steps < 100_000; steps++) {
      const [first] = inFlight.keys();
      if (first === undefined) wake();
      else finish(first, steps % 50 === 0 ? retry : ok);
      refill();
      // No host has its second turn long before the others have their first.
      if (steps === 10_000) expect(delivered.size).toBeGreaterThan(9_000);
    }
    expect([isEmpty(), delivered.size]).toEqual([true, 10_000]);
    expect([...delivered.values()].every(({ length }) => length === 2)).toBe(true);
  });
});
