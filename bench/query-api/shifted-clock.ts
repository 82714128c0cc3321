/** Loaded before a program: its clock goes as far behind as the kept data is old, so that the data is always of now. */
const shiftMs = Number(process.env['HOSTPULSE_BENCH_CLOCK_SHIFT_MS'] ?? 0);
const now = Date.now;
Date.now = () => now() + shiftMs;
