import { notFound, parameterNotValid } from './error-body';
import type { SandboxState } from './sandbox-state';
import type { Connection, Job, User } from './store';
import { checkTokenUser, type IssuedToken } from './tokens';
import type { Bank } from './bank-book';

/** What a path names, or Basiq's refusal: an id of another form is a 400, an unknown one a 404. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function checkId(id: string, parameter: string): void {
  if (!UUID.test(id)) throw parameterNotValid(`Parameter '${parameter}' is not valid.`, { parameter });
}

export function foundUser(state: SandboxState, token: IssuedToken, userId: string): User {
  checkId(userId, 'userId');
  checkTokenUser(token, userId);
  const user = state.store.users.get(userId);
  if (user === undefined) throw notFound('user');
  return user;
}

export function foundConnection(
  state: SandboxState,
  token: IssuedToken,
  params: { userId: string; connectionId: string },
): { connection: Connection; bank: Bank } {
  foundUser(state, token, params.userId);
  checkId(params.connectionId, 'connectionId');
  const connection = state.store.connections.get(params.connectionId);
  if (connection?.userId !== params.userId) throw notFound('connection');
  return { connection, bank: foundBank(state, connection.institutionId) };
}

export function foundJob(state: SandboxState, token: IssuedToken, jobId: string): Job {
  checkId(jobId, 'jobId');
  const job = state.store.jobs.get(jobId);
  if (job === undefined) throw notFound('job');
  checkTokenUser(token, job.plan.userId);
  return job;
}

export function foundBank(state: SandboxState, institutionId: string): Bank {
  const bank = state.banks.find(institutionId);
  if (bank === undefined) throw notFound('institution');
  return bank;
}
