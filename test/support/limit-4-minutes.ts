/** Sets the timeout of a test with real processes. */
import { jest } from '@jest/globals';

jest.setTimeout(4 * 60_000);
