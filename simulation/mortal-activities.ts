import { Context } from '@temporalio/activity';
import { ApplicationFailure, TimeoutFailure, TimeoutType } from '@temporalio/common';
import type { Activities } from '../src/activities';
import type { PlannedCrash } from './trouble-plan';

/** How the latest run of an activity ended for the worker; a retry that waits holds no lock on the server's clock. */
type RunState = 'running' | 'will-retry' | 'over';

/**
 * The activities of a worker that dies when the schedule says so. A death cannot be had in one process without ending
 * the process, so an activity that "died" ends as the server would end it: with the timeout of its heartbeat, its result
 * thrown away.
 */
export class MortalActivities {
  private crashes: PlannedCrash[] = [];
  private readonly runs = new Map<string, number>();
  private readonly states = new Map<string, RunState>();
  private underWay = 0;

  constructor(private readonly tell: (line: string) => void) {}

  plan(crashes: readonly PlannedCrash[]): void {
    this.crashes = [...crashes];
    this.runs.clear();
    this.states.clear();
  }

  /** Whether no activity runs: then the server's clock may skip. */
  get areIdle(): boolean {
    return this.underWay === 0;
  }

  stateOf(workflowId: string, activityId: string): RunState | null {
    return this.states.get(`${workflowId}/${activityId}`) ?? null;
  }

  wrap(activities: Activities): Record<string, (input: never) => Promise<unknown>> {
    const each: [string, (input: never) => Promise<unknown>][] = Object.entries(activities);
    return Object.fromEntries(
      each.map(([name, run]) => [name, (input: never) => this.around(name, () => run(input))]),
    );
  }

  private async around(name: string, run: () => Promise<unknown>): Promise<unknown> {
    const { workflowExecution, activityId } = Context.current().info;
    const key = `${workflowExecution?.workflowId ?? ''}/${activityId}`;
    const nth = (this.runs.get(name) ?? 0) + 1;
    this.runs.set(name, nth);
    this.states.set(key, 'running');
    this.underWay += 1;
    try {
      const result = await this.mayDie(name, nth, run);
      this.states.set(key, 'over');
      return result;
    } catch (error) {
      const willRetry = error instanceof ApplicationFailure ? error.nonRetryable !== true : !isCancelled();
      this.states.set(key, willRetry ? 'will-retry' : 'over');
      throw error;
    } finally {
      this.underWay -= 1;
    }
  }

  private async mayDie(name: string, nth: number, run: () => Promise<unknown>): Promise<unknown> {
    const crash = this.crashes.find((planned) => planned.activity === name && planned.nth === nth);
    if (crash?.when === 'before') this.die(name, 'before it did anything');
    try {
      return await run();
    } finally {
      if (crash?.when === 'after') this.die(name, 'with its result');
    }
  }

  private die(name: string, when: string): never {
    this.tell(`the worker dies in ${name}, ${when}`);
    throw new TimeoutFailure('activity Heartbeat timeout', undefined, TimeoutType.HEARTBEAT);
  }
}

function isCancelled(): boolean {
  return Context.current().cancellationSignal.aborted;
}
