import type { Connection, Job } from './store';

export interface ConnectionStatus {
  /** `active` from the moment the credentials are verified, while later steps still run. */
  status: 'pending' | 'active' | 'invalid';
  lastUsedAtMs: number | null;
}

/** Where a connection stands after all its jobs (Basiq 2.1 docs, "Connections"). */
export function connectionStatus(connection: Connection, nowMs: number): ConnectionStatus {
  const position: ConnectionStatus = { status: 'pending', lastUsedAtMs: null };
  for (const job of connection.jobs) {
    const { verifiedAtMs } = job.at(nowMs);
    if (verifiedAtMs !== null) {
      position.status = 'active';
      position.lastUsedAtMs = verifiedAtMs;
    }
    if (isInvalidatedBy(job, nowMs)) position.status = 'invalid';
  }
  return position;
}

/**
 * Wrong credentials invalidate a connection; an outage at a refresh does not. A create that failed before the bank
 * let the person in leaves an invalid connection: its status then is not documented, and it was never of use.
 */
function isInvalidatedBy(job: Job, nowMs: number): boolean {
  const failed = job.at(nowMs).steps.find(({ status }) => status === 'failed');
  if (failed?.result.kind !== 'failure') return false;
  const isSignIn = failed.title === 'verify-credentials' || failed.title === 'mfa-challenge';
  if (job.plan.kind === 'create') return isSignIn;
  return failed.title === 'verify-credentials' && failed.result.failure.code === 'invalid-credentials';
}
