/** Sets the timeout of a unit test. */
import { jest } from '@jest/globals';

jest.setTimeout(60_000);
