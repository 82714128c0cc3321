/** Tests of real processes may take minutes. */
import { jest } from '@jest/globals';

jest.setTimeout(240_000);
