import type { Operation } from './attempt-input';

/**
 * One attempt at a time for each connection: the id names what the attempt works on, and Temporal runs at most one
 * workflow under an id. A back-end in another language builds it by the same rule:
 * `connection:{userId}:{institutionId}[:{reference}]`, `connection:{userId}:{connectionId}` or `job:{jobId}`.
 */
export function attemptWorkflowId(
  userId: string,
  operation:
    | Pick<Extract<Operation, { kind: 'create' }>, 'kind' | 'institutionId' | 'reference'>
    | Pick<Extract<Operation, { kind: 'update' }>, 'kind' | 'connectionId'>
    | Extract<Operation, { kind: 'refresh' | 'adopt' }>,
): string {
  switch (operation.kind) {
    case 'create': {
      const id = `connection:${userId}:${operation.institutionId}`;
      return operation.reference === undefined ? id : `${id}:${operation.reference}`;
    }
    case 'update':
    case 'refresh':
      return `connection:${userId}:${operation.connectionId}`;
    case 'adopt':
      return `job:${operation.jobId}`;
  }
}
