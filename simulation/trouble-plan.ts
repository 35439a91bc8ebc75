import type { Fault } from '../src/sandbox/faults';
import type { Random } from './random';

/** A spoilt call to Basiq: the `nth` of its route, counted from the attempt's start. */
export interface PlannedFault {
  route: string;
  nth: number;
  count: number;
  fault: Fault;
}

/** A worker that dies in an activity: before it did anything, or when all was done but its result. */
export interface PlannedCrash {
  activity: string;
  /** which run of it */
  nth: number;
  when: 'before' | 'after';
}

const POSTS = {
  create: 'POST /users/:userId/connections',
  update: 'POST /users/:userId/connections/:connectionId',
  refresh: 'POST /users/:userId/connections/:connectionId/refresh',
} as const;
const ANSWER = 'POST /jobs/:jobId/mfa';
export const LOOK = 'GET /jobs/:jobId';
const READS = [
  'GET /users/:userId/connections',
  'GET /users/:userId/jobs',
  'GET /institutions/:institutionId',
] as const;

export function planFaults(
  random: Random,
  operation: 'create' | 'update' | 'refresh' | 'adopt',
): PlannedFault[] {
  if (!random.chance(0.45)) return [];
  const post = operation === 'adopt' ? LOOK : POSTS[operation];
  return Array.from({ length: random.int(1, 3) }, () => {
    const route = random.weighted([
      [45, post],
      [25, ANSWER],
      [25, LOOK],
      [15, random.pick(READS)],
    ]);
    return {
      route,
      nth: route === post ? 1 : random.int(1, 3),
      count: random.pick([1, 1, 2]),
      fault: planFault(random),
    };
  });
}

function planFault(random: Random): Fault {
  return random.weighted([
    [2, { kind: 'status', status: 429, retryAfterSeconds: random.pick([0, 1]) }],
    [2, { kind: 'status', status: random.pick([500, 502, 503]), retryAfterSeconds: 0 }],
    [3, { kind: 'reset-before' }],
    [5, { kind: 'reset-after' }],
    [1, { kind: 'malformed' }],
    [1, { kind: 'wrong-content-type' }],
    // Slow, and too slow: the client waits for two and a half seconds.
    [1, { kind: 'delay', ms: random.pick([60, 60, 2_800]) }],
  ]);
}

export function planCrashes(random: Random): PlannedCrash[] {
  if (!random.chance(0.3)) return [];
  return Array.from({ length: random.int(1, 2) }, () => {
    const activity = random.weighted([
      [35, 'startJob'],
      [25, 'watchJob'],
      [25, 'answerChallenge'],
      [5, 'inspectTarget'],
      [5, 'findStartedJob'],
      [5, 'lookAtJob'],
    ]);
    return {
      activity,
      nth: activity === 'startJob' ? 1 : random.int(1, 2),
      when: random.pick(['before', 'after']),
    };
  });
}
