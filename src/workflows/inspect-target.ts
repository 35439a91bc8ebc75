import type { AttemptTarget } from '../activities/attempt-target';
import type { Attempt, Operation } from '../contract/attempt-input';
import { reads } from './activity-proxies';
import { attemptFailed, refused } from './attempt-failed';
import type { StatusBoard } from './status-board';

/** Looks at what the attempt is about before anything is begun at Basiq, and ends it when it must not begin. */
export async function inspectTarget(
  { userId, operation, policy }: Attempt,
  board: StatusBoard,
): Promise<void> {
  const activities = reads('Reads the institution and connections', policy.unreachableAfterMs);
  const inspected = await activities.inspectTarget({ userId, target: targetOf(operation) });
  switch (inspected.outcome) {
    case 'clear':
      board.institution(inspected.institutionId, inspected.institutionName);
      return;
    case 'refused':
      throw refused(inspected.refusal, {
        jobId: operation.kind === 'adopt' ? operation.jobId : null,
        connectionId: board.status.connectionId,
      });
    case 'connection-exists': {
      const { connectionId } = inspected;
      const related = [{ kind: 'connection', id: connectionId } as const];
      throw attemptFailed({ code: 'connection-exists', connectionId, related });
    }
  }
}

export function targetOf(operation: Operation): AttemptTarget {
  switch (operation.kind) {
    case 'create': {
      const { kind, institutionId, additional } = operation;
      return { kind, institutionId, additional };
    }
    case 'update':
    case 'refresh': {
      const { kind, connectionId } = operation;
      return { kind, connectionId };
    }
    case 'adopt': {
      const { kind, jobId } = operation;
      return { kind, jobId };
    }
  }
}
