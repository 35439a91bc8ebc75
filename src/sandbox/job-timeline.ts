import { isDown } from './bank-behaviour';
import type { JobHistory } from './job-plan';
import type { Challenge, StepFailure } from './people';
import { queuePosition } from './retry-queue';
import {
  challengeTimedOut,
  invalidCredentials,
  mfaNotSupported,
  queued,
  queueGaveUp,
  serviceUnavailable,
  wrongMfaAnswer,
} from './step-failures';

/**
 * Where a job stands, worked out from its plan, the bank's behaviour over time, the answers given and the time
 * that has passed. There are no timers and nothing is remembered between two looks.
 */
export interface Step {
  title: string;
  status: 'pending' | 'in-progress' | 'success' | 'failed' | 'skipped';
  result:
    | { kind: 'none' }
    | { kind: 'done' }
    | { kind: 'challenge'; challenge: Challenge; expiryMs: number }
    | { kind: 'failure'; failure: StepFailure };
}

export interface JobPosition {
  state: 'running' | 'challenged' | 'queued' | 'succeeded' | 'failed';
  steps: Step[];
  updatedAtMs: number;
  /** When verify-credentials succeeded: from then on the job names its connection. */
  verifiedAtMs: number | null;
  queueTries: number;
  mfa: { state: 'none' } | { state: 'open' | 'settling'; round: number; challenge: Challenge };
}

const VERIFY = 'verify-credentials';
const MFA = 'mfa-challenge';
/** How long after its own expiry an unanswered challenge fails. */
const EXPIRY_GRACE_MS = 60_000;

export function jobPosition(history: JobHistory, nowMs: number): JobPosition {
  return new JobWalk(history, nowMs).walk();
}

/** One walk along the steps; each method returns the time at which its part was over, or null if it is not. */
class JobWalk {
  private readonly steps: Step[];
  private readonly position: Omit<JobPosition, 'steps'>;

  constructor(
    private readonly history: JobHistory,
    private readonly nowMs: number,
  ) {
    const { plan } = history;
    this.steps = [VERIFY, 'retrieve-accounts', 'retrieve-transactions'].map(pendingStep);
    this.position = {
      state: 'running',
      updatedAtMs: plan.createdAtMs,
      verifiedAtMs: null,
      queueTries: 0,
      mfa: { state: 'none' },
    };
    const behaviour = history.behaviourAt(plan.createdAtMs);
    const mayChallenge = plan.challenges.length > 0 || behaviour.skipMfa;
    if (behaviour.mfaListedFromStart && mayChallenge && plan.apiVersion !== '2.0') this.listMfa();
    const failing = behaviour.failAtStep?.title;
    if (failing === MFA) this.listMfa();
    else if (failing !== undefined && !this.steps.some((step) => step.title === failing)) {
      this.steps.push(pendingStep(failing));
    }
  }

  walk(): JobPosition {
    if (!this.history.plan.neverStarts) this.walkSteps();
    return { ...this.position, steps: this.steps };
  }

  private walkSteps(): void {
    let atMs = this.verify();
    if (atMs !== null) atMs = this.challenge(atMs);
    for (const step of this.steps) {
      if (atMs === null) return;
      if (step.title !== VERIFY && step.title !== MFA) atMs = this.retrieve(step, atMs);
    }
    if (atMs !== null) this.position.state = 'succeeded';
  }

  private verify(): number | null {
    const { plan, behaviourAt } = this.history;
    const step = this.step(VERIFY);
    const behaviour = behaviourAt(plan.createdAtMs);
    if (!isDown(behaviour)) return this.tryCredentials(step, plan.createdAtMs, plan.stepMs);
    // Refreshes are not queued, and before 2.1 nothing was.
    if (plan.kind === 'refresh' || plan.apiVersion === '2.0') {
      return this.finish(step, plan.createdAtMs, plan.stepMs, serviceUnavailable);
    }
    step.status = 'in-progress';
    const parkedAtMs = plan.createdAtMs + plan.stepMs;
    return parkedAtMs > this.nowMs ? null : this.queue(step, parkedAtMs);
  }

  private queue(step: Step, parkedAtMs: number): number | null {
    const { plan, behaviourAt } = this.history;
    const place = queuePosition(
      {
        parkedAtMs,
        cadence: plan.cadence,
        findsBankUp: (tryNumber, startedAtMs) => {
          const behaviour = behaviourAt(startedAtMs);
          const { recoversAfterTries } = behaviour;
          return !isDown(behaviour) || (recoversAfterTries !== null && tryNumber >= recoversAfterTries);
        },
        tryTakesMs: (startedAtMs) => behaviourAt(startedAtMs).tryTakesMs ?? plan.stepMs,
      },
      this.nowMs,
    );
    this.position.queueTries = place.tries;
    switch (place.state) {
      case 'waiting':
        step.status = 'pending';
        step.result = { kind: 'failure', failure: queued };
        this.position.state = 'queued';
        this.position.updatedAtMs = place.updatedAtMs;
        return null;
      case 'trying':
        this.position.updatedAtMs = place.startedAtMs;
        return null;
      case 'recovered':
        return this.tryCredentials(step, place.startedAtMs, place.tryTakesMs);
      case 'gave-up':
        return this.finish(step, place.atMs, 0, queueGaveUp);
    }
  }

  private tryCredentials(step: Step, atMs: number, takesMs: number): number | null {
    const { person, challenges, apiVersion } = this.history.plan;
    let failure = person === null ? invalidCredentials : this.failureAt(VERIFY, atMs);
    if (apiVersion === '2.0' && challenges.length > 0) failure ??= mfaNotSupported;
    const doneAtMs = this.finish(step, atMs, takesMs, failure);
    this.position.verifiedAtMs = doneAtMs;
    return doneAtMs;
  }

  private challenge(atMs: number): number | null {
    const { plan, behaviourAt } = this.history;
    const behaviour = behaviourAt(atMs);
    const failure = this.failureAt(MFA, atMs);
    if (failure !== null) return this.finish(this.listMfa(), atMs, plan.stepMs, failure);
    if (plan.challenges.length === 0 || behaviour.skipMfa) {
      const step = this.steps.find(({ title }) => title === MFA);
      if (step !== undefined) step.status = 'skipped';
      return atMs;
    }
    const step = this.listMfa();
    let roundAtMs: number | null = atMs;
    for (const [index, challenge] of plan.challenges.entries()) {
      if (roundAtMs !== null) roundAtMs = this.round(step, index + 1, challenge, roundAtMs);
    }
    if (roundAtMs === null) return null;
    // Basiq leaves the challenge there as the result of the step that succeeded.
    step.status = 'success';
    return roundAtMs;
  }

  private round(step: Step, round: number, challenge: Challenge, openedAtMs: number): number | null {
    const behaviour = this.history.behaviourAt(openedAtMs);
    step.status = 'in-progress';
    step.result = { kind: 'challenge', challenge, expiryMs: behaviour.mfaExpiryMs };
    this.position.updatedAtMs = openedAtMs;
    const decisive = this.history.answers.find(
      (answer) =>
        answer.round === round &&
        answer.atMs <= this.nowMs &&
        (answer.verdict === 'accepted' || answer.failsStep),
    );
    if (decisive === undefined) {
      const expiresAtMs = openedAtMs + behaviour.mfaExpiryMs + EXPIRY_GRACE_MS;
      if (behaviour.mfaExpiry === 'job-timed-out' && expiresAtMs <= this.nowMs) {
        return this.finish(step, expiresAtMs, 0, challengeTimedOut);
      }
      this.position.state = 'challenged';
      this.position.mfa = { state: 'open', round, challenge };
      return null;
    }
    this.position.updatedAtMs = decisive.atMs;
    const settledAtMs = decisive.atMs + (behaviour.mfaSettleMs ?? this.history.plan.stepMs);
    if (settledAtMs > this.nowMs) {
      this.position.mfa = { state: 'settling', round, challenge };
      return null;
    }
    if (decisive.verdict === 'rejected') return this.finish(step, settledAtMs, 0, wrongMfaAnswer);
    this.position.updatedAtMs = settledAtMs;
    return settledAtMs;
  }

  private retrieve(step: Step, atMs: number): number | null {
    return this.finish(step, atMs, this.history.plan.stepMs, this.failureAt(step.title, atMs));
  }

  /** The end of a step that began at a time and takes so long; null while it runs, and when it failed. */
  private finish(step: Step, beganAtMs: number, takesMs: number, failure: StepFailure | null): number | null {
    const doneAtMs = beganAtMs + takesMs;
    this.position.updatedAtMs = beganAtMs;
    if (doneAtMs > this.nowMs) {
      step.status = 'in-progress';
      step.result = { kind: 'none' };
      return null;
    }
    this.position.updatedAtMs = doneAtMs;
    if (failure === null) {
      step.status = 'success';
      step.result = { kind: 'done' };
      return doneAtMs;
    }
    // The steps after it stay pending for ever.
    step.status = 'failed';
    step.result = { kind: 'failure', failure };
    this.position.state = 'failed';
    return null;
  }

  private failureAt(title: string, atMs: number): StepFailure | null {
    const told = this.history.behaviourAt(atMs).failAtStep;
    if (told?.title === title) return { code: told.code, title: 'Step failed', detail: told.detail };
    const own = this.history.plan.person?.failure;
    return own?.step === title ? own.failure : null;
  }

  /** Puts mfa-challenge in its place, second, if it is not there. */
  private listMfa(): Step {
    if (this.steps[1]?.title !== MFA) this.steps.splice(1, 0, pendingStep(MFA));
    return this.step(MFA);
  }

  private step(title: string): Step {
    const step = this.steps.find((candidate) => candidate.title === title);
    if (step === undefined) throw new Error(`the job has no step ${title}`);
    return step;
  }
}

function pendingStep(title: string): Step {
  return { title, status: 'pending', result: { kind: 'none' } };
}
