/** Parses the kernel's `struct timex` of 64-bit systems. Source: include/uapi/linux/timex.h of the kernel */

/** Size of the structure, including its 44 reserved bytes. */
export const timexBytes = 208;

export interface ClockState {
  /** False when the kernel's clock state is TIME_ERROR. */
  readonly isSynchronized: boolean;
  /** The unit of `offset` and `jitter`: nanoseconds with STA_NANO, otherwise microseconds. */
  readonly unitsPerSecond: number;
  readonly offset: number;
  /** Parts per million with 16 bits of fraction, as `ppsfreq` and `stabil`. */
  readonly freq: number;
  /** Microseconds. */
  readonly maxerror: number;
  /** Microseconds. */
  readonly esterror: number;
  readonly status: number;
  readonly constant: number;
  /** Microseconds. */
  readonly tick: number;
  readonly ppsfreq: number;
  readonly jitter: number;
  readonly shift: number;
  readonly stabil: number;
  readonly jitcnt: number;
  readonly calcnt: number;
  readonly errcnt: number;
  readonly stbcnt: number;
  readonly tai: number;
}

const timeError = 5;
const nanosecondsFlag = 0x2000;

/** Byte offsets of the fields of 64 bits. */
const longs = {
  offset: 8,
  freq: 16,
  maxerror: 24,
  esterror: 32,
  constant: 48,
  tick: 88,
  ppsfreq: 96,
  jitter: 104,
  stabil: 120,
  jitcnt: 128,
  calcnt: 136,
  errcnt: 144,
  stbcnt: 152,
} as const;

/** Byte offsets of the fields of 32 bits. */
const ints = { status: 40, shift: 112, tai: 160 } as const;

/** Parses the structure. `clockState` is the result of adjtimex(2). Throws an Error for the result of a failed call. */
export function parseTimex(buffer: Buffer, clockState: number): ClockState {
  if (clockState < 0 || clockState > timeError)
    throw new Error(`adjtimex: expected a clock state from 0 to ${timeError}, got ${clockState}`);
  const bigEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;
  const long = (field: keyof typeof longs) =>
    Number(bigEndian ? buffer.readBigInt64BE(longs[field]) : buffer.readBigInt64LE(longs[field]));
  const int = (field: keyof typeof ints) =>
    bigEndian ? buffer.readInt32BE(ints[field]) : buffer.readInt32LE(ints[field]);
  const status = int('status');
  return {
    isSynchronized: clockState !== timeError,
    unitsPerSecond: (status & nanosecondsFlag) === 0 ? 1e6 : 1e9,
    offset: long('offset'),
    freq: long('freq'),
    maxerror: long('maxerror'),
    esterror: long('esterror'),
    status,
    constant: long('constant'),
    tick: long('tick'),
    ppsfreq: long('ppsfreq'),
    jitter: long('jitter'),
    shift: int('shift'),
    stabil: long('stabil'),
    jitcnt: long('jitcnt'),
    calcnt: long('calcnt'),
    errcnt: long('errcnt'),
    stbcnt: long('stbcnt'),
    tai: int('tai'),
  };
}
