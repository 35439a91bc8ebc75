import type { LinkTo } from './call';
import { connectionStatus } from './connection-status';
import type { Connection } from './store';

/** A connection as Basiq shows it to a SERVER_ACCESS token. Credentials are never shown. */
export function connectionDocument(connection: Connection, nowMs: number, link: LinkTo): object {
  const { id, userId, institutionId } = connection;
  const { status, lastUsedAtMs } = connectionStatus(connection, nowMs);
  const filter = `?filter=institution.id.eq('${institutionId}')`;
  return {
    type: 'connection',
    id,
    status,
    createdDate: new Date(connection.createdAtMs).toISOString(),
    lastUsed: lastUsedAtMs === null ? null : new Date(lastUsedAtMs).toISOString(),
    profile: null,
    institution: {
      type: 'institution',
      id: institutionId,
      links: { self: link(`/institutions/${institutionId}`) },
    },
    links: {
      self: link(`/users/${userId}/connections/${id}`),
      accounts: link(`/users/${userId}/accounts${filter}`),
      transactions: link(`/users/${userId}/transactions${filter}`),
      institution: link(`/institutions/${institutionId}`),
    },
  };
}

/** An entry of the user's list of connections, which says in addition whether to expect challenges. */
export function listedConnection(connection: Connection, nowMs: number, link: LinkTo): object {
  const mfaEnabled = connection.jobs.some((job) => job.plan.challenges.length > 0);
  return { ...connectionDocument(connection, nowMs, link), mfaEnabled };
}
