import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { BasiqError } from '../basiq/basiq-error';
import type { ActivitySettings } from './activity-settings';
import type { AttemptTarget } from './attempt-target';
import { mayPass, refusalOf, type Refusal } from './basiq-refusal';
import { readWithRetries } from './read-with-retries';

export type Inspection =
  | { outcome: 'clear'; institutionId: string | null; institutionName: string | null }
  | { outcome: 'connection-exists'; connectionId: string }
  | { outcome: 'refused'; refusal: Refusal };

/**
 * Reads what the attempt is about before anything is started: the institution (for people to see, and to know banks
 * that ask by app), and for a create whether the person has an active connection there already, since linking
 * again would double their accounts.
 */
export async function inspectTarget(
  settings: ActivitySettings,
  input: { userId: string; target: AttemptTarget },
): Promise<Inspection> {
  const inspected = await readWithRetries(() => inspect(settings, input.userId, input.target));
  return inspected instanceof BasiqError ? { outcome: 'refused', refusal: refusalOf(inspected) } : inspected;
}

async function inspect(
  settings: ActivitySettings,
  userId: string,
  target: AttemptTarget,
): Promise<Inspection> {
  const { basiq } = settings;
  const call = { signal: cancellationSignal() };
  switch (target.kind) {
    case 'create': {
      if (!target.additional) {
        const filter = { status: 'active', institutionId: target.institutionId };
        const { body: connections } = await basiq.listConnections(userId, filter, call);
        const existing = connections.find(
          ({ status, institutionId }) => status === 'active' && institutionId === target.institutionId,
        );
        if (existing !== undefined) return { outcome: 'connection-exists', connectionId: existing.id };
      }
      return named(settings, target.institutionId);
    }
    case 'update':
    case 'refresh':
      return named(settings, (await basiq.getConnection(userId, target.connectionId, call)).institutionId);
    case 'adopt': {
      // The job itself does not name its institution; the person's list of jobs does, for seven days.
      const { body: jobs } = await basiq.listUserJobs(userId, call);
      return named(settings, jobs.find(({ id }) => id === target.jobId)?.institutionId ?? null);
    }
  }
}

/** An app-approval bank is known by its name alone, so it is worth a second try or two. */
const TRIES_FOR_THE_NAME = 3;

async function named({ basiq }: ActivitySettings, institutionId: string | null): Promise<Inspection> {
  if (institutionId === null) return { outcome: 'clear', institutionId, institutionName: null };
  try {
    const { name } = await basiq.getInstitution(institutionId, { signal: cancellationSignal() });
    return { outcome: 'clear', institutionId, institutionName: name };
  } catch (error) {
    if (!(error instanceof BasiqError)) throw error;
    if (mayPass(error) && activityInfo().attempt < TRIES_FOR_THE_NAME) throw error;
    // Only a name is missing, and a person may be waiting; if the institution is wrong, the POST says so.
    return { outcome: 'clear', institutionId, institutionName: null };
  }
}
