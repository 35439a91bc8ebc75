import type { Group } from '../run-load';
import {
  basiqDown,
  drips,
  expiredTokens,
  malformed,
  redirects,
  resets,
  serverErrors,
  tooManyRequests,
  wrongContentType,
} from './basiq-faults';
import { shiftedClock } from './clock';
import { hostileInputs } from './hostile-inputs';
import { clusterServerKills, devServerKills, postgresqlKills } from './temporal-kills';
import { workerKills } from './worker-kills';
import { workersGone } from './workers-gone';

/** Faults that strike one load, one after the other, and the Temporal that they need. */
export interface Plan extends Group {
  on: 'dev-server' | 'cluster';
}

const load = { atOnce: 16, parked: 3, patienceMs: 240_000 };

/** In the order in which they are run. */
export const FULL: readonly Plan[] = [
  { on: 'dev-server', load, injections: [workerKills] },
  { on: 'dev-server', load, injections: [workersGone, devServerKills] },
  {
    on: 'dev-server',
    // A start that Basiq did not take several times waits for up to five minutes before the next one.
    load: { ...load, patienceMs: 600_000 },
    injections: [
      basiqDown,
      tooManyRequests,
      serverErrors,
      resets,
      drips,
      malformed,
      wrongContentType,
      redirects,
      expiredTokens,
    ],
  },
  { on: 'dev-server', load, injections: [shiftedClock] },
  { on: 'dev-server', load, injections: [hostileInputs] },
  { on: 'cluster', load, injections: [clusterServerKills, postgresqlKills] },
];

const small = { atOnce: 12, parked: 2, patienceMs: 240_000 };

/** What `npm test` runs: all that one dev server can show, in one load. */
export const SHORT: readonly Plan[] = [
  {
    on: 'dev-server',
    load: small,
    injections: [
      hostileInputs,
      workerKills,
      devServerKills,
      basiqDown,
      tooManyRequests,
      serverErrors,
      resets,
      drips,
      malformed,
      wrongContentType,
      redirects,
      expiredTokens,
    ],
  },
];
