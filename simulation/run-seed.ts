import type { LogEntry } from '@temporalio/worker';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import {
  AttemptCancelledError,
  AttemptFailedError,
  type AttemptInput,
  type AttemptProgress,
} from '../src/client';
import { MFA_ANSWER_SIGNAL } from '../src/contract/names';
import type { SandboxJob } from '../test/sandbox-admin';
import { newRun, type AttemptEnd, type AttemptRun } from './attempt-run';
import { effectsOf } from './invariants/effects';
import { endOf } from './invariants/ends';
import { readableSecrets } from './invariants/secrecy';
import { agree, contradictions } from './invariants/status';
import { counts, passwordOf, type PlannedAnswer } from './person-plan';
import { historyOf, lostLocks, type History } from './read-history';
import type { PlannedAction, Schedule } from './schedule';
import { logs, type SimulatedWorld, type Stage } from './simulated-world';
import { submitAnswer } from './submit-answer';
import { LOOK } from './trouble-plan';
import type { Violation } from './violation';

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

const DAY_MS = 24 * 3_600_000;
/** Our limits end an attempt a day after Basiq's seven at the latest; refreshes and retries come on top. */
const LONGEST_ATTEMPT_MS = 9 * DAY_MS;
const LONGEST_REAL_MS = 120_000;
/**
 * A running job is looked at every few milliseconds, but a schedule may delay calls by seconds, and the machine may be
 * busy: so much later everybody must know.
 */
const NEWS_MS = 20_000;
const NEWS_LOOKS = 60;
/** A parked job is looked at two minutes after Basiq's try, and again five minutes after a look that failed. */
const NEWS_OF_QUEUE_MS = 30 * 60_000;
const NEXT_TRY_MS = 2 * 3_600_000;

/** Runs one schedule, watching all the while, and checks the four promises. */
export async function runSeed(world: SimulatedWorld, schedule: Schedule): Promise<SeedReport> {
  const begunMs = performance.now();
  const stage = await world.openStage(schedule);
  const run = new SeedRun(world, schedule, stage);
  try {
    await run.playInTime();
    return {
      ...(await run.conclude()),
      seed: schedule.seed,
      tookMs: Math.round(performance.now() - begunMs),
    };
  } finally {
    await stage.sandbox.close();
  }
}

class SeedRun {
  private readonly violations: Violation[] = [];
  private readonly timeline: string[] = [];
  private readonly attempts: AttemptRun[] = [];
  private readonly waiting: {
    dueMs: number | null;
    fired: boolean;
    phase: string;
    plusMs: number;
    action: PlannedAction;
  }[];
  private readonly answers: PlannedAnswer[];
  private readonly replies: Promise<void>[] = [];
  private isOver = false;
  private startMs = 0;
  /** when the present look at everything began */
  private nowMs = 0;
  private userId = '';
  /** as they were at the latest look at Basiq */
  private jobs: SandboxJob[] = [];
  /** the jobs that something else began */
  private readonly foreignJobs = new Set<string>();
  private isSilent = false;
  private clockSteps = 0;
  /** the question that the person has dealt with, or is about to */
  private dealtWith = '';
  private dealtWithAtMs = 0;
  private looksSinceDealtWith = 0;
  private isSending = false;

  constructor(
    private readonly world: SimulatedWorld,
    private readonly schedule: Schedule,
    private readonly stage: Stage,
  ) {
    this.waiting = schedule.events.map((event) => ({ ...event, dueMs: null, fired: false }));
    this.answers = [...schedule.person.answers];
    world.tell = (line) => this.note(line);
    logs.length = 0;
  }

  /** A workflow whose tasks fail answers no query, so that the play would wait for ever. */
  async playInTime(): Promise<void> {
    const isPlayed = await Promise.race([this.play().then(() => true), delay(LONGEST_REAL_MS, false)]);
    if (!isPlayed) this.violate(1, `not over after ${LONGEST_REAL_MS / 1_000} s of real time`);
    this.isOver = true;
  }

  private async play(): Promise<void> {
    const { world, schedule, stage } = this;
    await world.useWorker(schedule, stage);
    const request = await this.prepare();
    this.nowMs = this.startMs = await world.nowMs();
    await this.start('attempt', request);
    while (!this.isOver) {
      const nowMs = await world.nowMs();
      this.nowMs = nowMs;
      for (const attempt of this.attempts) if (attempt.end === null) await this.observe(attempt);
      if (this.attempts.every(({ end }) => end !== null) || this.violations.length > 0) return;
      this.checkThatItEnds(nowMs);
      await this.fireEvents(nowMs);
      this.answerWhatIsAsked();
      await this.leaveNobodyBehind();
      await world.letTimePass(this.nextDueMs() - nowMs);
    }
  }

  /** Lets all attempts end, and checks what can be checked afterwards. */
  async conclude(): Promise<Omit<SeedReport, 'seed' | 'tookMs'>> {
    const { world, stage, schedule } = this;
    await stage.admin.clearFaults();
    for (const attempt of this.attempts) {
      if (attempt.end !== null) continue;
      await world.temporal.workflow.getHandle(attempt.workflowId).terminate('the seed is over');
    }
    await Promise.race([Promise.all(this.replies), delay(5_000)]);
    const histories: History[] = [];
    for (const attempt of this.attempts) histories.push(await historyOf(world.temporal, attempt));
    // What was terminated has left locks that nobody counts.
    if (this.violations.length === 0) await world.wakeUp();
    const clockIsSound =
      (await world.checkClock()) && this.violations.length === 0 && serverErrorIn(logs) === null;
    if (this.violations.length === 0) {
      const jobs = await stage.admin.jobsOf(this.userId);
      const requests = await stage.admin.requests();
      const facts = {
        schedule,
        jobs,
        requests,
        elsewhere: stage.elsewhere,
        foreignJobs: this.foreignJobs,
        userId: this.userId,
        isSilent: this.isSilent,
        attempts: this.attempts.flatMap((attempt, index) => {
          const history = histories[index];
          return history === undefined ? [] : [{ attempt, history }];
        }),
      };
      this.violations.push(...(await endOf(facts)), ...effectsOf(facts));
      this.violations.push(...readableSecrets({ schedule, attempts: this.attempts, histories, logs }));
    }
    return {
      violations: this.violations,
      clockIsSound,
      serverError: serverErrorIn(logs) ?? histories.find(({ tooSlow }) => tooSlow !== null)?.tooSlow ?? null,
      timeline: this.timeline,
      histories: histories.map(({ lines }) => lines.join('\n')),
      ends: this.attempts.map(({ end }) => endText(end)),
    };
  }

  /** The person, and for all but a create what was there before. */
  private async prepare(): Promise<AttemptInput> {
    const { schedule, stage } = this;
    const { elsewhere, admin } = stage;
    const { operation, policy, bank } = schedule;
    const { login } = schedule.person;
    this.userId = (await elsewhere.createUser({ email: 'gavin@hooli.com' })).id;
    const { userId } = this;
    const { institutionId } = bank;
    if (operation === 'update' || operation === 'refresh') {
      await admin.setBank(institutionId, { status: 'operational', skipMfa: true });
      const before = { ...login, password: passwordOf(login.loginId) };
      const { jobId } = await elsewhere.createConnection(userId, before, institutionId);
      this.foreignJobs.add(jobId);
      if (institutionId !== 'AU90008') await this.untilJobEnds();
      // So young a job could be taken for the one of a POST whose end is not known.
      await this.world.sleep(10 * 60_000);
    }
    await admin.setBank(institutionId, { skipMfa: false, ...bank.behaviour });
    switch (operation) {
      case 'create':
        await this.injectFaults();
        return { userId, policy, operation: { kind: 'create', institutionId, credentials: { ...login } } };
      case 'adopt': {
        const { jobId } = await elsewhere.createConnection(userId, login, institutionId);
        this.foreignJobs.add(jobId);
        await this.injectFaults();
        return { userId, policy, operation: { kind: 'adopt', jobId } };
      }
      case 'update':
      case 'refresh': {
        const [job] = await admin.jobsOf(userId);
        const connectionId = job?.connectionId ?? '';
        await this.injectFaults();
        return operation === 'refresh'
          ? { userId, policy, operation: { kind: 'refresh', connectionId } }
          : {
              userId,
              policy,
              operation: { kind: 'update', connectionId, credentials: { password: login.password } },
            };
      }
    }
  }

  private async untilJobEnds(): Promise<void> {
    for (;;) {
      const jobs = await this.stage.admin.jobsOf(this.userId);
      if (jobs.every(({ state }) => state === 'succeeded' || state === 'failed')) return;
      await delay(20);
    }
  }

  private async injectFaults(): Promise<void> {
    for (const { route, nth, count, fault } of this.schedule.faults) {
      // The calls before it pass: a delay of nothing is no fault.
      const passing = { route, count: nth - 1, fault: { kind: 'delay', ms: 0 } } as const;
      if (nth > 1) await this.stage.admin.fault(passing);
      await this.stage.admin.fault({ route, count, fault });
    }
  }

  private async start(name: string, request: AttemptInput): Promise<void> {
    const { workflowId, joined } = await this.world.client.start(request);
    this.note(`${name}: ${request.operation.kind} ${joined ? 'joins' : 'starts'} ${workflowId}`);
    if (joined) return;
    this.attempts.push(newRun(name, workflowId, request, await this.world.nowMs()));
  }

  private async observe(attempt: AttemptRun): Promise<void> {
    const before = this.jobs;
    const status = await this.world.client.status(attempt.workflowId);
    const after = (this.jobs = await this.stage.admin.jobsOf(this.userId));
    const atMs = this.nowMs;
    const observation = {
      atMs,
      status,
      before: before.find(({ jobId }) => jobId === status.jobId) ?? null,
      after: after.find(({ jobId }) => jobId === status.jobId) ?? null,
    };
    const text = JSON.stringify(status);
    if (attempt.shown.at(-1) !== text) {
      attempt.shown.push(text);
      if (status.phase !== attempt.last?.status.phase) {
        const of = observation.after;
        this.note(
          `${attempt.name}: ${status.phase}, waits on ${status.waitingOn}; job ${of?.state ?? 'none'}`,
        );
      }
      for (const what of contradictions(status)) this.violate(4, `${attempt.name}: ${what}`);
    }
    attempt.last = observation;
    if (status.jobId !== null) attempt.jobIds.add(status.jobId);
    const { challenge } = status;
    if (challenge !== null && !attempt.challengeIds.includes(challenge.challengeId)) {
      attempt.challengeIds.push(challenge.challengeId);
    }
    if (status.execution === 'running') this.checkAgreement(attempt);
    else await this.observeEnd(attempt);
  }

  private async observeEnd(attempt: AttemptRun): Promise<void> {
    attempt.end = await this.world.client.result(attempt.workflowId).then(
      (result): AttemptEnd => ({ kind: 'succeeded', result }),
      (error: unknown): AttemptEnd => {
        if (error instanceof AttemptFailedError) return { kind: 'failed', failure: error.failure };
        return error instanceof AttemptCancelledError ? { kind: 'cancelled' } : { kind: 'other', error };
      },
    );
    attempt.endedAtMs = await this.world.nowMs();
    const history = await historyOf(this.world.temporal, attempt);
    for (let lost = lostLocks(history, this.world.activities); lost > 0; lost--)
      await this.world.releaseLock();
    const status = await this.world.client.status(attempt.workflowId);
    attempt.shown.push(JSON.stringify(status));
    if (status.jobId !== null) attempt.jobIds.add(status.jobId);
    this.note(`${attempt.name}: ended ${endText(attempt.end)}`);
    for (const what of contradictions(status)) this.violate(4, `${attempt.name}: ${what}`);
    if (status.phase !== attempt.end.kind) {
      this.violate(4, `${attempt.name}: ended ${attempt.end.kind}, and its status says ${status.phase}`);
    }
  }

  /** Status and job may differ between two looks, and for no longer. */
  private checkAgreement(attempt: AttemptRun): void {
    const { last } = attempt;
    if (last === null) return;
    const { status, before, after, atMs } = last;
    if (this.isSilent || agree(status, before) || agree(status, after)) {
      attempt.disagreement = null;
      return;
    }
    const realMs = performance.now();
    attempt.disagreement ??= { sinceRealMs: realMs, sinceMs: atMs, looks: 0 };
    const { disagreement } = attempt;
    disagreement.looks += 1;
    const lateMs = atMs - disagreement.sinceMs;
    const allowedMs = NEWS_OF_QUEUE_MS + (this.clockSteps > 0 ? NEXT_TRY_MS : 0);
    const isLate =
      status.phase === 'queued'
        ? lateMs > allowedMs
        : realMs - disagreement.sinceRealMs > NEWS_MS && disagreement.looks > NEWS_LOOKS;
    if (!isLate) return;
    const shown = `${status.phase} while the job is ${after?.state ?? 'not there'}`;
    this.violate(4, `${attempt.name}: its status says ${shown}, for ${Math.round(lateMs / 1_000)} s`);
  }

  private checkThatItEnds(nowMs: number): void {
    for (const attempt of this.attempts) {
      if (attempt.end === null && nowMs - attempt.startedAtMs > LONGEST_ATTEMPT_MS) {
        this.violate(
          1,
          `${attempt.name}: has not ended after nine days; job ${attempt.last?.after?.state ?? 'none'}`,
        );
      }
    }
  }

  private get main(): AttemptRun {
    const [main] = this.attempts;
    if (main === undefined) throw new Error('No attempt was started');
    return main;
  }

  private async fireEvents(nowMs: number): Promise<void> {
    const phase = this.main.last?.status.phase;
    for (const event of this.waiting) {
      if (event.dueMs === null && event.phase === phase) event.dueMs = nowMs + event.plusMs;
      if (event.fired || event.dueMs === null || event.dueMs > nowMs) continue;
      event.fired = true;
      if (this.main.end !== null) continue;
      this.note(JSON.stringify(event.action));
      await this.act(event.action);
    }
  }

  private nextDueMs(): number {
    const due = this.waiting.flatMap(({ fired, dueMs }) => (fired || dueMs === null ? [] : [dueMs]));
    return Math.min(Infinity, ...due);
  }

  private async act(action: PlannedAction): Promise<void> {
    const { world, stage, main } = this;
    const handle = world.temporal.workflow.getHandle(main.workflowId);
    switch (action.kind) {
      case 'cancel':
        main.cancelled = true;
        await world.client.cancel(main.workflowId).catch(() => undefined);
        return;
      case 'check-now':
        await world.client.checkNow(main.workflowId).catch(() => undefined);
        return;
      case 'start-again':
        await this.start('second start', main.request);
        return;
      case 'adopt-its-job': {
        const jobId = main.last?.status.jobId ?? null;
        if (jobId === null) return;
        const { policy = {} } = main.request;
        await this.start('adopter', { userId: this.userId, policy, operation: { kind: 'adopt', jobId } });
        return;
      }
      case 'junk-signal':
        await handle.signal(MFA_ANSWER_SIGNAL, { challengeId: 7 }).catch(() => undefined);
        return;
      case 'replace-worker':
        await world.replaceWorker();
        return;
      case 'step-basiq-clock':
        this.clockSteps += 1;
        await stage.admin.advanceClock(action.ms);
        return;
      case 'expire-tokens':
        await stage.admin.expireTokens();
        return;
      case 'bank-recovers':
        await stage.admin.setBank(this.schedule.bank.institutionId, { status: 'operational' });
        return;
      case 'basiq-falls-silent':
        this.isSilent = true;
        await stage.admin.fault({ route: LOOK, count: 1_000_000, fault: { kind: 'status', status: 500 } });
    }
  }

  /** The person of the first attempt. Sends in the background: an update is answered only with the bank's verdict. */
  private answerWhatIsAsked(): void {
    const { last, end } = this.main;
    const challenge = last?.status.challenge ?? null;
    if (end !== null || this.isSending || last?.status.phase !== 'awaiting-mfa' || challenge === null) return;
    const { lastIgnoredAnswer } = last.status;
    const reopened = ['answer-not-sent', 'unusable-answer'].includes(lastIgnoredAnswer?.reason ?? '');
    const question = `${challenge.challengeId} ${reopened ? (lastIgnoredAnswer?.at ?? '') : ''}`;
    if (question === this.dealtWith) {
      this.checkThatAnswerWasTaken();
      return;
    }
    const planned = this.nextAnswer();
    if (planned === null) return;
    this.isSending = true;
    if (planned.sends.some(counts)) {
      this.dealtWith = question;
      this.dealtWithAtMs = Infinity;
      this.looksSinceDealtWith = 0;
    }
    void this.send(last.status, challenge, planned).finally(() => {
      this.isSending = false;
      this.dealtWithAtMs = performance.now();
    });
  }

  private nextAnswer(): PlannedAnswer | null {
    const next = this.answers.shift();
    if (next !== undefined) return next;
    if (this.schedule.person.afterwards !== 'answers-rightly') return null;
    const by = this.schedule.worker === 'forgets' ? 'signal' : 'update';
    return { thinkMs: 0, sends: [{ content: 'right', by, form: 'with-id' }] };
  }

  private async send(
    status: AttemptProgress,
    challenge: NonNullable<AttemptProgress['challenge']>,
    { thinkMs, sends }: PlannedAnswer,
  ): Promise<void> {
    const { world, main } = this;
    await delay(thinkMs);
    const { marker } = this.schedule;
    const sender = { temporal: world.temporal, publicKeys: world.publicKeys, marker };
    const earlier = main.challengeIds.slice(0, -1);
    const told = sends.map(({ content, by, form }) => `${content} by ${by} ${form}`).join(', ');
    this.note(`the person answers ${challenge.challengeId.split(':').slice(1).join(':')}: ${told}`);
    const sent = await Promise.all(
      sends.map((send) => submitAnswer(sender, status, challenge, send, earlier)),
    );
    main.submissions.push(...sent.map(({ submission }) => submission));
    const replied = sent.map(({ replied: reply }) => reply);
    this.replies.push(...replied);
    // The server has all messages soon; the verdicts come when they come.
    const refusals = sent.filter(
      ({ submission }) => submission.planned.by === 'signal' || !counts(submission.planned),
    );
    await Promise.race([Promise.all(refusals.map(({ replied: reply }) => reply)), delay(1_000)]);
  }

  /** An answer that could be taken was sent, and the person is asked all the same. */
  private checkThatAnswerWasTaken(): void {
    this.looksSinceDealtWith += 1;
    const isEarly = performance.now() - this.dealtWithAtMs < NEWS_MS || this.looksSinceDealtWith < NEWS_LOOKS;
    if (this.isSilent || isEarly) return;
    const open = this.main.last?.status.challenge?.challengeId;
    const sent = this.main.submissions.filter(
      ({ planned, openChallengeId }) => counts(planned) && openChallengeId === open,
    );
    const replies = sent.map(({ planned, reply }) => `${planned.by}: ${reply.kind}`).join(', ');
    this.violate(1, `an answer to the open challenge was lost (${replies})`);
  }

  /** An adopter's person is not there; when the first attempt is over, nobody else moves its job. */
  private async leaveNobodyBehind(): Promise<void> {
    if (this.main.end === null) return;
    const { endedAtMs } = this.main;
    const nowMs = await this.world.nowMs();
    for (const attempt of this.attempts) {
      const phase = attempt.last?.status.phase;
      if (attempt.end !== null || attempt.cancelled || phase !== 'awaiting-mfa') continue;
      if (nowMs - (endedAtMs ?? 0) < 1_500) continue;
      this.note(`${attempt.name} is cancelled: nobody is there to answer`);
      attempt.cancelled = true;
      await this.world.client.cancel(attempt.workflowId).catch(() => undefined);
    }
  }

  private violate(promise: Violation['promise'], what: string): void {
    this.violations.push({ promise, what });
    this.note(`VIOLATION of promise ${promise}: ${what}`);
  }

  private note(line: string): void {
    this.timeline.push(`+${((this.nowMs - this.startMs) / 1_000).toFixed(1)} s  ${line}`);
  }
}

/** Its answers to a worker when it has lost its way in its own record of a workflow. */
const SERVER_ERRORS = ['invalid history builder state', 'Unbalanced lock and unlock calls'];

function serverErrorIn(entries: readonly LogEntry[]): string | null {
  const texts = entries.map(({ message, meta }) => `${message} ${inspect(meta, { depth: 4 })}`);
  return SERVER_ERRORS.find((error) => texts.some((text) => text.includes(error))) ?? null;
}

function endText(end: AttemptEnd | null): string {
  switch (end?.kind) {
    case undefined:
      return 'not at all';
    case 'failed':
      return `failed ${end.failure.code} at ${end.failure.step ?? 'no step'}: ${end.failure.detail ?? ''}`;
    case 'other':
      return `in an error: ${String(end.error)}`;
    case 'succeeded':
    case 'cancelled':
      return end.kind;
  }
}
