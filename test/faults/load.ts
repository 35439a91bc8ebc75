import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { SandboxJob } from '../sandbox-admin';
import { conduct, type Conducted } from './conduct';
import type { Passage } from './fault-proxy';
import type { AttemptRecord } from './judge';
import type { Random } from './random';
import { PARKED, PASSING, type Script } from './scripts';
import { QUEUE_OVER_MS, type Stage } from './stage';

export interface LoadOptions {
  /** passing attempts under way at any time */
  atOnce: number;
  /** attempts that are in the queue all the while */
  parked: number;
  /** what is left when this long has passed after the end counts as lost */
  patienceMs: number;
}

/** A steady stream of attempts of all kinds, each with its one right end. */
export class Load {
  readonly attempts: Conducted[] = [];
  private readonly streams: Promise<void>[] = [];
  private readonly parked: Promise<void>[] = [];
  private readonly stopping = new AbortController();
  private readonly givingUp = new AbortController();
  private waiting: Script[] = [];
  /** What went wrong with the load itself; there must be none. */
  readonly errors: string[] = [];

  constructor(
    private readonly stage: Stage,
    private readonly random: Random,
    private readonly options: LoadOptions,
  ) {
    setMaxListeners(0, this.givingUp.signal);
  }

  /** Returns when the stream is in its stride: as many under way as wanted, and somebody asked, and somebody queued. */
  async start(): Promise<void> {
    const { atOnce, parked } = this.options;
    for (let index = 0; index < parked; index += 1) this.parked.push(this.run(PARKED));
    for (let index = 0; index < atOnce; index += 1) this.streams.push(this.stream());
    for (;;) {
      const phases = await this.stage.phases();
      if (['queued', 'awaiting-mfa'].every((phase) => phases.includes(phase))) return;
      await delay(200);
    }
  }

  /** Those that run in this moment, as far as their starters know. */
  open(): Conducted[] {
    return this.attempts.filter(({ endedAtMs }) => endedAtMs === null);
  }

  /** Lets what is under way come to its end: first what passes, then, seven days later, what is parked. */
  async finish(): Promise<void> {
    this.stopping.abort();
    const deadline = setTimeout(() => this.givingUp.abort(), this.options.patienceMs);
    await Promise.all(this.streams);
    await this.stage.admin.advanceClock(QUEUE_OVER_MS);
    await Promise.all(this.parked);
    clearTimeout(deadline);
  }

  /** What is known of each attempt now, to be judged. */
  async records(): Promise<AttemptRecord[]> {
    const { admin, proxy } = this.stage;
    return Promise.all(
      this.attempts.map(async (conducted) => {
        const jobs = await admin.jobsOf(conducted.userId);
        if (conducted.end === null) await this.giveUp(conducted);
        return recordOf(conducted, jobs, proxy.passages);
      }),
    );
  }

  /** Says why an attempt has not ended, and ends it, so that no call waits for it any longer. */
  private async giveUp(conducted: Conducted): Promise<void> {
    const { client, world, crew } = this.stage;
    const { workflowId, lastAnswer, trouble } = conducted;
    const handle = world.temporal.workflow.getHandle(workflowId);
    const orWhyNot = async (read: () => Promise<unknown>): Promise<unknown> => read().catch(causes);
    const known = {
      trouble,
      lastAnswer,
      temporal: await orWhyNot(() => whatTemporalHas(handle)),
      status: await orWhyNot(async () => {
        const { phase, challenge, lastIgnoredAnswer } = await client.status(workflowId);
        return { phase, challenge, lastIgnoredAnswer };
      }),
      workers: crew.children.flatMap(({ output }) => output().split('\n').slice(-5)),
    };
    conducted.trouble = JSON.stringify(known);
    await orWhyNot(() => handle.terminate('The fault test has given it up'));
  }

  private async stream(): Promise<void> {
    while (!this.stopping.signal.aborted) await this.run(this.next());
  }

  private async run(script: Script): Promise<void> {
    try {
      await conduct(
        script,
        this.stage,
        this.random,
        (conducted) => this.attempts.push(conducted),
        this.givingUp.signal,
      );
    } catch (error) {
      this.errors.push(`${script.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** All scripts in an order drawn anew for each round. */
  private next(): Script {
    if (this.waiting.length === 0) this.waiting = [...PASSING];
    const script = this.random.oneOf(this.waiting);
    this.waiting = this.waiting.filter((candidate) => candidate !== script);
    return script;
  }
}

async function whatTemporalHas(handle: WorkflowHandle): Promise<unknown> {
  const { status, raw } = await handle.describe();
  const { events } = await handle.fetchHistory();
  return {
    status: status.name,
    workflowTask: raw.pendingWorkflowTask,
    activities: raw.pendingActivities?.map(
      ({ activityType, attempt, lastFailure }) =>
        `${activityType?.name ?? '?'}, attempt ${attempt ?? 0}: ${lastFailure?.message ?? 'no failure'}`,
    ),
    lastEvents: events?.slice(-6).map(({ eventType, eventTime, workflowTaskFailedEventAttributes }) => ({
      type: temporal.api.enums.v1.EventType[eventType ?? 0],
      atSeconds: Number(eventTime?.seconds),
      failure: workflowTaskFailedEventAttributes?.failure?.message,
    })),
  };
}

function causes(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? String(error) : `${String(error)}: ${causes(error.cause)}`;
}

export function recordOf(
  conducted: Conducted,
  jobsOfUser: readonly SandboxJob[],
  passages: readonly Passage[],
): AttemptRecord {
  const { script, workflowId, userId, end, namedJobId, answersGiven, verdictsLost, jobsBefore, trouble } =
    conducted;
  const jobs = jobsOfUser.filter(({ jobId }) => !jobsBefore.has(jobId));
  const answerPaths = new Set(jobs.map(({ jobId }) => `/jobs/${jobId}/mfa`));
  const sent = passages.filter(({ kind, path }) => kind === 'answer' && answerPaths.has(path));
  const starts = passages.filter(
    ({ kind, path }) => kind === 'start' && path.startsWith(`/users/${userId}/`),
  );
  return {
    script: script.name,
    workflowId,
    expected: script.expected,
    alsoRight: [],
    end,
    namedJobId,
    jobs,
    jobsWanted: script.jobsWanted,
    startsWanted: script.startsWanted,
    startsDone: starts.filter(({ status }) => status === 200 || status === 202).length,
    // Basiq did nothing with a call whose token it refused; it is sent once more with another.
    answersSent: sent.filter(({ status }) => status !== 401 && status !== 403).length,
    answersGiven,
    answersRepeated: jobs.reduce(
      (sum, { mfaAnswers }) => sum + mfaAnswers.filter(({ verdict }) => verdict === 'repeated').length,
      0,
    ),
    verdictsLost,
    trouble,
  };
}
