/** Preloaded into a program: sets its clock back by the age of the stored data, so that the data ends now. */
const shiftMs = Number(process.env['HOSTPULSE_BENCH_CLOCK_SHIFT_MS'] ?? 0);
const now = Date.now;
Date.now = () => now() + shiftMs;
