import type { LogEntry } from '@temporalio/worker';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { textOfEnd } from './attempt-run';
import { effectsOf } from './invariants/effects';
import { endOf } from './invariants/ends';
import { readableSecrets } from './invariants/secrecy';
import { Person } from './person';
import { PlannedEvents } from './planned-events';
import { Play } from './play';
import { preparePlay } from './prepare-play';
import { historyOf, watchedJobs, type History } from './read-history';
import type { Schedule } from './schedule';
import { logs, type SimulatedWorld } from './simulated-world';
import type { Violation } from './violation';
import { watchAttempt } from './watch-attempt';

export interface SeedReport {
  seed: number;
  violations: Violation[];
  /** an error of the test server's own, or of a machine that is too busy: what happened cannot be judged */
  serverError: string | null;
  /** false: the next seed needs a new server */
  clockIsSound: boolean;
  /** what happened, on Temporal's clock */
  timeline: string[];
  /** each attempt's history, one event a line */
  histories: string[];
  ends: string[];
  /** real milliseconds */
  tookMs: number;
}

const LONGEST_REAL_MS = 120_000;
/** When status and job differ they are looked at again so soon: else one of Basiq's tries could be taken for the next. */
const DOUBT_MS = 5 * 60_000;

/** Runs one schedule, watching all the while, and checks the four promises. */
export async function runSeed(world: SimulatedWorld, schedule: Schedule): Promise<SeedReport> {
  const begunMs = performance.now();
  logs.length = 0;
  const stage = await world.openStage(schedule);
  try {
    const play = new Play(world, schedule, stage);
    const person = new Person(play);
    const givingUp = new AbortController();
    // A workflow whose tasks fail answers no query: with an error, or so late that the play would wait for ever.
    const trouble = await Promise.race([
      perform(play, person, givingUp.signal).then(
        () => null,
        (error: unknown) => `broke off: ${String(error)}`,
      ),
      delay(LONGEST_REAL_MS, `not over after ${LONGEST_REAL_MS / 1_000} s of real time`),
    ]);
    givingUp.abort();
    if (trouble !== null) play.violate(1, trouble);
    const judged = await conclude(play, person);
    return { ...judged, seed: schedule.seed, tookMs: Math.round(performance.now() - begunMs) };
  } finally {
    await stage.sandbox.close();
  }
}

async function perform(play: Play, person: Person, givenUp: AbortSignal): Promise<void> {
  const { world, schedule, stage } = play;
  await world.useWorker(schedule, stage);
  const events = new PlannedEvents(play);
  const request = await preparePlay(play);
  play.nowMs = play.startMs = await world.nowMs();
  await play.start('attempt', request);
  while (!givenUp.aborted) {
    play.nowMs = await world.nowMs();
    for (const attempt of play.attempts) if (attempt.end === null) await watchAttempt(play, attempt);
    if (play.isOver) return;
    await events.fire();
    person.answerWhatIsAsked();
    await leaveNobodyBehind(play);
    const isInDoubt = play.attempts.some(({ end, disagreement }) => end === null && disagreement !== null);
    await world.letTimePass(Math.min(isInDoubt ? DOUBT_MS : Infinity, events.nextDueMs - play.nowMs));
  }
}

/** An adopter's person is not there; when the first attempt is over, nobody else moves its job. */
async function leaveNobodyBehind(play: Play): Promise<void> {
  const { main, world, attempts } = play;
  if (main.end === null) return;
  const nowMs = await world.nowMs();
  for (const attempt of attempts) {
    const phase = attempt.last?.status.phase;
    if (attempt.end !== null || attempt.cancelled || phase !== 'awaiting-mfa') continue;
    if (nowMs - (main.endedAtMs ?? 0) < 1_500) continue;
    play.note(`${attempt.name} is cancelled: nobody is there to answer`);
    attempt.cancelled = true;
    await world.client.cancel(attempt.workflowId).catch(() => undefined);
  }
}

/** Lets all attempts end, and checks what can be checked afterwards. */
async function conclude(play: Play, person: Person): Promise<Omit<SeedReport, 'seed' | 'tookMs'>> {
  const { world, stage, schedule, attempts, violations, userId, foreignJobs, isSilent, clockSteppedMs } =
    play;
  await stage.admin.clearFaults();
  for (const attempt of attempts) {
    if (attempt.end !== null) continue;
    const handle = world.temporal.workflow.getHandle(attempt.workflowId, attempt.runId);
    // It may have ended since it was looked at.
    await handle.terminate('the seed is over').catch(() => undefined);
  }
  await person.hearOut();
  const histories: History[] = [];
  for (const attempt of attempts) {
    const history = await historyOf(world.temporal, attempt);
    histories.push(history);
    // Time may have skipped over a refresh's whole second job, so that no status was read that names it.
    for (const jobId of watchedJobs(history)) attempt.jobIds.add(jobId);
  }
  // What was terminated has left locks that nobody counts.
  if (violations.length === 0) await world.wakeUp();
  const clockIsSound =
    (await world.checkClock()) && violations.length === 0 && serverErrorIn(textsOf(logs)) === null;
  if (violations.length === 0) {
    const facts = {
      schedule,
      jobs: await stage.admin.jobsOf(userId),
      requests: await stage.admin.requests(),
      elsewhere: stage.elsewhere,
      foreignJobs,
      userId,
      isSilent,
      clockSteppedMs,
      attempts: attempts.flatMap((attempt, index) => {
        const history = histories[index];
        return history === undefined ? [] : [{ attempt, history }];
      }),
    };
    violations.push(...(await endOf(facts)), ...effectsOf(facts));
    violations.push(...readableSecrets({ schedule, attempts, histories, logs }));
  }
  return {
    violations,
    clockIsSound,
    serverError:
      serverErrorIn([...textsOf(logs), ...violations.map(({ what }) => what)]) ??
      histories.find(({ tooSlow }) => tooSlow !== null)?.tooSlow ??
      null,
    timeline: play.timeline,
    histories: histories.map(({ lines }) => lines.join('\n')),
    ends: attempts.map(({ end }) => textOfEnd(end)),
  };
}

const SERVER_ERRORS = [
  // Its answers to a worker when it has lost its way in its own record of a workflow.
  'invalid history builder state',
  'Unbalanced lock and unlock calls',
  // It records an accepted update too late (docs/testing.md), which shows when a busy machine makes a worker replay.
  'Update machine does not handle this event',
];

function serverErrorIn(texts: readonly string[]): string | null {
  return SERVER_ERRORS.find((error) => texts.some((text) => text.includes(error))) ?? null;
}

function textsOf(entries: readonly LogEntry[]): string[] {
  return entries.map(({ message, meta }) => `${message} ${inspect(meta, { depth: 4 })}`);
}
