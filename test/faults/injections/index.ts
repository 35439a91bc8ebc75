import type { Injection } from '../injection';
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

/** In the order in which they are run. */
export const INJECTIONS: readonly Injection[] = [
  workerKills,
  workersGone,
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
  shiftedClock,
  hostileInputs,
  clusterServerKills,
  postgresqlKills,
];

export const SHORT: readonly Injection[] = [workerKills, devServerKills, hostileInputs];
