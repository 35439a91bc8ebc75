import type { NativeConnection, Worker } from '@temporalio/worker';

/** `reason`: one line for whoever looks at a probe; no secret, no address. */
export type Health = { ok: true } | { ok: false; reason: string };

const PROBE_LIMIT_MS = 2_000;
const READY: Health = { ok: true };

/** What this process's probes are told. */
export class WorkerHealth {
  private serving: { worker: Pick<Worker, 'getState'>; connection: NativeConnection } | null = null;
  private probe: Promise<boolean> | null = null;

  /** The worker is there; whether it runs is asked of itself. */
  serves(worker: Pick<Worker, 'getState'>, connection: NativeConnection): void {
    this.serving = { worker, connection };
  }

  /** Whether the process is of any use. That it answers at all shows that its event loop lives. */
  live(): Health {
    return this.serving?.worker.getState() === 'FAILED'
      ? { ok: false, reason: 'the worker has failed' }
      : READY;
  }

  /** Whether it takes tasks: its worker runs, and Temporal answers. Says nothing about Basiq. */
  async ready(): Promise<Health> {
    if (this.serving === null) return { ok: false, reason: 'the worker is starting' };
    const { worker, connection } = this.serving;
    const state = worker.getState();
    if (state !== 'RUNNING') return { ok: false, reason: reasonOf(state) };
    // A worker whose Temporal is gone goes on polling in the state RUNNING.
    this.probe ??= answers(connection).finally(() => (this.probe = null));
    return (await this.probe) ? READY : { ok: false, reason: 'Temporal cannot be reached' };
  }
}

type State = ReturnType<Worker['getState']>;

export function reasonOf(state: Exclude<State, 'RUNNING'>): string {
  switch (state) {
    case 'INITIALIZED':
      return 'the worker is starting';
    case 'STOPPING':
    case 'DRAINING':
    case 'DRAINED':
      return 'the worker is stopping';
    case 'STOPPED':
      return 'the worker has stopped';
    case 'FAILED':
      return 'the worker has failed';
  }
}

/** Temporal's client itself, whatever deadline it is given, tries for ten seconds: longer than a probe may take. */
function answers({ workflowService }: NativeConnection): Promise<boolean> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve(false), PROBE_LIMIT_MS);
    workflowService
      .getSystemInfo({})
      .then(
        () => resolve(true),
        () => resolve(false),
      )
      .finally(() => clearTimeout(limit));
  });
}
