/** Decides when a component is launched, restarted and stopped. A pure function: `supervisor.ts` performs the actions. */
import { backoffMs } from '../../common/program/retry.ts';

export type ComponentState =
  | { readonly phase: 'new' }
  /** `failures` counts the launches in a row that failed; 0 after a run of `stableMs`. */
  | { readonly phase: 'preparing'; readonly hasBeenReady: boolean; readonly failures: number }
  | {
      readonly phase: 'running';
      readonly hasBeenReady: boolean;
      readonly failures: number;
      readonly launchedMs: number;
    }
  | { readonly phase: 'backing-off'; readonly hasBeenReady: boolean; readonly failures: number }
  /** The process was asked to end. */
  | { readonly phase: 'stopping' }
  /** No process runs and none will be launched. */
  | { readonly phase: 'down' };

export type ComponentEvent =
  | 'start'
  | 'prepared'
  | 'prepare-failed'
  | 'ready'
  /** The process ended, or could not be launched. */
  | 'exited'
  | 'backoff-ended'
  | 'stop';

export type Action =
  | { readonly kind: 'prepare' }
  | { readonly kind: 'launch' }
  | { readonly kind: 'back-off'; readonly delayMs: number }
  /** Ask the process to end. */
  | { readonly kind: 'terminate' }
  /** The component was stopped: it does not run and is not restarted. */
  | { readonly kind: 'finish' };

export interface Decision {
  readonly state: ComponentState;
  /** Absent: nothing to do. */
  readonly action?: Action;
}

export interface Circumstances {
  readonly nowMs: number;
  /** In [0, 1), as `Math.random`. */
  readonly random: () => number;
}

/** A run of this length resets the backoff. */
export const stableMs = 60_000;

const minDelayMs = 200;

/**
 * Returns the next state and the action to perform. An event that does not apply to the phase changes nothing, such as a
 * preparation that ends after the stop. A component that fails is prepared and launched again until it is stopped, also one
 * that was never ready: its cause may be mended meanwhile.
 */
export function decide(state: ComponentState, event: ComponentEvent, circumstances: Circumstances): Decision {
  switch (event) {
    case 'start':
      if (state.phase !== 'new') break;
      return prepare({ hasBeenReady: false, failures: 0 });
    case 'prepared': {
      if (state.phase !== 'preparing') break;
      const { hasBeenReady, failures } = state;
      const launchedMs = circumstances.nowMs;
      return { state: { phase: 'running', hasBeenReady, failures, launchedMs }, action: { kind: 'launch' } };
    }
    case 'prepare-failed':
      if (state.phase !== 'preparing') break;
      return backOff({ ...state, failures: state.failures + 1 }, circumstances);
    case 'ready':
      if (state.phase !== 'running') break;
      return { state: { ...state, hasBeenReady: true } };
    case 'exited':
      if (state.phase === 'stopping') return finish;
      if (state.phase !== 'running') break;
      return backOff(
        { ...state, failures: circumstances.nowMs - state.launchedMs > stableMs ? 1 : state.failures + 1 },
        circumstances,
      );
    case 'backoff-ended':
      if (state.phase !== 'backing-off') break;
      return prepare(state);
    case 'stop':
      if (state.phase === 'running') return { state: { phase: 'stopping' }, action: { kind: 'terminate' } };
      if (state.phase === 'stopping' || state.phase === 'down') break;
      return finish;
  }
  return { state };
}

const finish: Decision = { state: { phase: 'down' }, action: { kind: 'finish' } };

interface History {
  readonly hasBeenReady: boolean;
  readonly failures: number;
}

function prepare({ hasBeenReady, failures }: History): Decision {
  return { state: { phase: 'preparing', hasBeenReady, failures }, action: { kind: 'prepare' } };
}

function backOff({ hasBeenReady, failures }: History, { random }: Circumstances): Decision {
  const delayMs = minDelayMs + backoffMs({ attempts: failures, firstMs: 500, maxMs: 30_000, random });
  return { state: { phase: 'backing-off', hasBeenReady, failures }, action: { kind: 'back-off', delayMs } };
}
