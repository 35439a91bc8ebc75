import type { AttemptInput } from '../src/client';
import type { SandboxJob } from '../test/sandbox-admin';
import { newRun, type AttemptRun } from './attempt-run';
import type { Schedule } from './schedule';
import type { SimulatedWorld, Stage } from './simulated-world';
import type { Violation } from './violation';

/** What is known while a seed is played: shared by those who watch, and those who act in it. */
export class Play {
  readonly violations: Violation[] = [];
  /** what happened, on Temporal's clock */
  readonly timeline: string[] = [];
  /** the one that the schedule is about first, then others on the same job */
  readonly attempts: AttemptRun[] = [];
  userId = '';
  /** as they were at the latest look at Basiq */
  jobs: SandboxJob[] = [];
  /** the jobs that something else began */
  readonly foreignJobs = new Set<string>();
  isSilent = false;
  /** how far Basiq's clock was put ahead, on top of what Temporal's passed */
  clockSteppedMs = 0;
  startMs = 0;
  /** when the present look at everything began */
  nowMs = 0;

  constructor(
    readonly world: SimulatedWorld,
    readonly schedule: Schedule,
    readonly stage: Stage,
  ) {
    world.tell = (line) => this.note(line);
  }

  get main(): AttemptRun {
    const [main] = this.attempts;
    if (main === undefined) throw new Error('No attempt was started');
    return main;
  }

  get isOver(): boolean {
    return this.attempts.every(({ end }) => end !== null) || this.violations.length > 0;
  }

  async start(name: string, request: AttemptInput): Promise<void> {
    const started = await this.world.client.start(request);
    const { workflowId, joined } = started;
    this.note(`${name}: ${request.operation.kind} ${joined ? 'joins' : 'starts'} ${workflowId}`);
    if (joined) return;
    this.attempts.push(newRun(name, started, request, await this.world.nowMs()));
  }

  violate(promise: Violation['promise'], what: string): void {
    this.violations.push({ promise, what });
    this.note(`VIOLATION of promise ${promise}: ${what}`);
  }

  note(line: string): void {
    this.timeline.push(`+${((this.nowMs - this.startMs) / 1_000).toFixed(1)} s  ${line}`);
  }
}
