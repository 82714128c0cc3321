/**
 * Runs simulated fleets at once, so that a test measures the receiver and not its own load: `node fleet-process.ts FLEETS`.
 * FLEETS is a JSON array of `FleetOptions`. Prints a JSON array of `FleetReport`.
 */
import { type FleetOptions, runFleet } from '../../bench/ingest/fleet.ts';

const fleets = JSON.parse(process.argv[2] ?? '[]') as readonly FleetOptions[];
process.stdout.write(JSON.stringify(await Promise.all(fleets.map((fleet) => runFleet(fleet)))));
