/** Transitions of a component's state, one by one and in random order. */
import { describe, expect, test } from '@jest/globals';
import {
  type Action,
  type ComponentEvent,
  type ComponentState,
  decide,
  stableMs,
} from '../../../stack/process/restart-policy.ts';
import { createRandom } from '../../support/random.ts';

const nowMs = 1_000_000;
const recently = nowMs - 1_000;
const longAgo = nowMs - stableMs - 1;
const half = (): number => 0.5;

const fresh: ComponentState = { phase: 'new' };
const preparing = (failures: number, hasBeenReady: boolean): ComponentState => ({
  phase: 'preparing',
  hasBeenReady,
  failures,
});
const running = (failures: number, hasBeenReady: boolean, launchedMs = recently): ComponentState => ({
  phase: 'running',
  hasBeenReady,
  failures,
  launchedMs,
});
const backingOff = (failures: number, hasBeenReady = true): ComponentState => ({
  phase: 'backing-off',
  hasBeenReady,
  failures,
});
const stopping: ComponentState = { phase: 'stopping' };
const down: ComponentState = { phase: 'down' };

const finish: Action = { kind: 'finish' };
const backOff = (delayMs: number): Action => ({ kind: 'back-off', delayMs });

describe('a transition', () => {
  test.each<[string, ComponentState, ComponentEvent, ComponentState, Action]>([
    ['start', fresh, 'start', preparing(0, false), { kind: 'prepare' }],
    ['launch after preparing', preparing(2, true), 'prepared', running(2, true, nowMs), { kind: 'launch' }],
    ['first preparation fails', preparing(0, false), 'prepare-failed', backingOff(1, false), backOff(450)],
    ['later preparation fails: no launch', preparing(1, true), 'prepare-failed', backingOff(2), backOff(700)],
    ['exit before the first readiness', running(0, false), 'exited', backingOff(1, false), backOff(450)],
    ['another exit before it', running(1, false), 'exited', backingOff(2, false), backOff(700)],
    ['backoff ends before it', backingOff(1, false), 'backoff-ended', preparing(1, false), { kind: 'prepare' }],
    ['exit after readiness', running(0, true), 'exited', backingOff(1), backOff(450)],
    ['the delay doubles', running(3, true), 'exited', backingOff(4), backOff(2_200)],
    ['the delay has a limit', running(50, true), 'exited', backingOff(51), backOff(15_200)],
    ['a long run resets the delay', running(3, true, longAgo), 'exited', backingOff(1), backOff(450)],
    ['backoff ends', backingOff(3), 'backoff-ended', preparing(3, true), { kind: 'prepare' }],
    ['stop before start', fresh, 'stop', down, finish],
    ['stop while preparing', preparing(0, false), 'stop', down, finish],
    ['stop before readiness', running(0, false), 'stop', stopping, { kind: 'terminate' }],
    ['stop while running', running(0, true), 'stop', stopping, { kind: 'terminate' }],
    ['stop while backing off', backingOff(2), 'stop', down, finish],
    ['exit after the stop', stopping, 'exited', down, finish],
  ])('%s', (_, state, event, expected, action) => {
    expect(decide(state, event, { nowMs, random: half })).toEqual({ state: expected, action });
  });

  test('readiness changes the state and asks for nothing', () => {
    const { state, action } = decide(running(2, false), 'ready', { nowMs, random: half });
    expect(state).toEqual(running(2, true));
    expect(action).toBeUndefined();
  });

  test.each<[string, ComponentState, readonly ComponentEvent[]]>([
    ['new', fresh, ['prepared', 'prepare-failed', 'ready', 'exited', 'backoff-ended']],
    ['preparing', preparing(0, false), ['start', 'ready', 'exited', 'backoff-ended']],
    ['running', running(0, true), ['start', 'prepared', 'prepare-failed', 'backoff-ended']],
    ['backing-off', backingOff(1), ['start', 'prepared', 'prepare-failed', 'ready', 'exited']],
    ['stopping', stopping, ['start', 'prepared', 'prepare-failed', 'ready', 'backoff-ended', 'stop']],
    ['down', down, ['start', 'prepared', 'prepare-failed', 'ready', 'exited', 'backoff-ended', 'stop']],
  ])('%s ignores events of other phases', (_, state, events) => {
    for (const event of events)
      expect([event, decide(state, event, { nowMs, random: half })]).toEqual([event, { state }]);
  });
});

/** The world around the policy: what has been asked for and is under way. */
function createWorld(seed: number) {
  const random = createRandom(seed);
  let state: ComponentState = fresh;
  let nowMs = 0;
  let processes = 0;
  let preparations = 0;
  let timers = 0;
  let isStopped = false;
  let hasBeenReady = false;
  const launches: string[] = [];

  function dispatch(event: ComponentEvent): void {
    const decision = decide(state, event, { nowMs, random: () => random.below(1_000) / 1_000 });
    state = decision.state;
    switch (decision.action?.kind) {
      case 'prepare':
        preparations += 1;
        break;
      case 'launch':
        processes += 1;
        launches.push(isStopped ? 'after the stop' : event);
        break;
      case 'back-off':
        timers += 1;
        if (decision.action.delayMs < 200 || decision.action.delayMs > 30_200) throw new Error('delay out of bounds');
        break;
      case 'finish':
        timers = 0; // the supervisor clears the timer
        break;
      case 'terminate':
      case undefined:
    }
  }

  /** Performs one thing that can happen now; false when nothing can. */
  function step(): boolean {
    const possible = [
      ...(preparations > 0 ? (['prepared', 'prepare-failed'] as const) : []),
      ...(processes > 0 ? (['exited', 'ready'] as const) : []),
      ...(timers > 0 ? (['backoff-ended'] as const) : []),
      ...(isStopped ? [] : (['stop'] as const)),
    ];
    if (possible.length === 0) return false;
    const event = random.pick(possible);
    nowMs += random.below(100_000);
    if (event === 'prepared' || event === 'prepare-failed') preparations -= 1;
    if (event === 'exited') processes -= 1;
    if (event === 'backoff-ended') timers -= 1;
    if (event === 'ready') hasBeenReady = true;
    if (event === 'stop') {
      if (random.below(20) > 0) return true; // rarely, so that the component lives for a while
      isStopped = true;
    }
    dispatch(event);
    if (processes > 1 || timers > 1) throw new Error(`${processes} processes, ${timers} timers (seed ${seed})`);
    return true;
  }

  return {
    start: () => dispatch('start'),
    step,
    end: () => ({ phase: state.phase, processes, timers, isStopped, hasBeenReady }),
    launches,
  };
}

test('in any order of events, one process runs at most, each launch follows a preparation, and a stop is final', () => {
  let launches = 0;
  let stops = 0;
  for (let seed = 1; seed <= 2_000; seed += 1) {
    const world = createWorld(seed);
    world.start();
    let steps = 0;
    while (steps < 500 && world.step()) steps += 1;
    const { phase, processes, timers, isStopped, hasBeenReady } = world.end();
    expect([seed, new Set(world.launches).size > 1 || world.launches[0] === 'after the stop']).toEqual([seed, false]);
    expect([seed, phase, processes, timers]).toEqual([seed, 'down', 0, 0]);
    expect(isStopped || !hasBeenReady).toBe(true); // a component that was ready once is down only after a stop
    launches += world.launches.length;
    if (isStopped) stops += 1;
  }
  expect(launches).toBeGreaterThan(3_000);
  expect(stops).toBeGreaterThan(500);
});
