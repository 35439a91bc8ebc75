import { MFA_ANSWER_SIGNAL } from '../src/contract/names';
import type { Play } from './play';
import type { PlannedAction, PlannedEvent } from './schedule';
import { LOOK } from './trouble-plan';

interface Waiting extends PlannedEvent {
  /** null until the first attempt is in the phase */
  dueMs: number | null;
  fired: boolean;
}

/** What the schedule has happen to the first attempt, each so long after it came into a phase. */
export class PlannedEvents {
  private readonly waiting: Waiting[];

  constructor(private readonly play: Play) {
    this.waiting = play.schedule.events.map((event) => ({ ...event, dueMs: null, fired: false }));
  }

  /** On Temporal's clock; Infinity when nothing is due. */
  get nextDueMs(): number {
    const due = this.waiting.flatMap(({ fired, dueMs }) => (fired || dueMs === null ? [] : [dueMs]));
    return Math.min(Infinity, ...due);
  }

  async fire(): Promise<void> {
    const { main, nowMs } = this.play;
    for (const event of this.waiting) {
      if (event.dueMs === null && event.phase === main.last?.status.phase) event.dueMs = nowMs + event.plusMs;
      if (event.fired || event.dueMs === null || event.dueMs > nowMs) continue;
      event.fired = true;
      if (main.end !== null) continue;
      this.play.note(JSON.stringify(event.action));
      await act(this.play, event.action);
    }
  }
}

async function act(play: Play, action: PlannedAction): Promise<void> {
  const { world, stage, main, userId } = play;
  switch (action.kind) {
    case 'cancel':
      main.cancelled = true;
      await world.client.cancel(main.workflowId).catch(() => undefined);
      return;
    case 'check-now':
      await world.client.checkNow(main.workflowId).catch(() => undefined);
      return;
    case 'start-again':
      await play.start('second start', main.request);
      return;
    case 'adopt-its-job': {
      const jobId = main.last?.status.jobId ?? null;
      if (jobId === null) return;
      const { policy = {} } = main.request;
      await play.start('adopter', { userId, policy, operation: { kind: 'adopt', jobId } });
      return;
    }
    case 'junk-signal': {
      const handle = world.temporal.workflow.getHandle(main.workflowId);
      await handle.signal(MFA_ANSWER_SIGNAL, { challengeId: 7 }).catch(() => undefined);
      return;
    }
    case 'replace-worker':
      await world.replaceWorker();
      return;
    case 'step-basiq-clock':
      play.clockSteppedMs += action.ms;
      await stage.admin.advanceClock(action.ms);
      return;
    case 'expire-tokens':
      await stage.admin.expireTokens();
      return;
    case 'bank-recovers':
      await stage.admin.setBank(play.schedule.bank.institutionId, { status: 'operational' });
      return;
    case 'basiq-falls-silent':
      play.isSilent = true;
      await stage.admin.fault({ route: LOOK, count: 1_000_000, fault: { kind: 'status', status: 500 } });
  }
}
