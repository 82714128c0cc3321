/**
 * Runs simulated fleets in parallel in a separate process, so that their load does not slow down the measurements of a test:
 * `node fleet-process.ts FLEETS`. FLEETS is a JSON array of `FleetOptions`. Prints a JSON array of `FleetReport`. Exits when the standard
 * input closes, so that the load ends with the test.
 */
import { type FleetOptions, runFleet } from '../../bench/ingest/fleet.ts';

const fleets = JSON.parse(process.argv[2] ?? '[]') as readonly FleetOptions[];
process.stdin.once('end', () => process.exit(1)).resume();
process.stdout.write(JSON.stringify(await Promise.all(fleets.map((fleet) => runFleet(fleet)))));
process.stdin.destroy();
