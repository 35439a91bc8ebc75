import { cancellationSignal } from '@temporalio/activity';
import type { JobReference } from '../basiq/basiq-client';
import { BasiqError } from '../basiq/basiq-error';
import type { Operation } from '../contract/attempt-input';
import { NewCredentials, UpdatedCredentials } from '../contract/credentials';
import type { AttemptSubject } from '../contract/sealed';
import type { ActivitySettings } from './activity-settings';
import { mayPass, refusalOf, type Refusal } from './basiq-refusal';
import { openSecret } from './open-secrets';
import { withHeartbeat } from './with-heartbeat';

export interface StartJobInput {
  userId: string;
  operation: Exclude<Operation, { kind: 'adopt' }>;
  subject: AttemptSubject;
}

/**
 * How one POST ended.
 * - started: Basiq has the job; `original` when it answered 200 with a job that was already under way.
 * - refused: Basiq, or the opening of the secrets, said no; nothing was begun.
 * - not-started: nothing was begun, and the same POST may pass after `retryAfterMs`.
 * - unknown: the job may or may not have been made. Only Basiq's own lists can tell.
 */
export type StartOutcome =
  | { outcome: 'started'; jobId: string; original: boolean }
  | { outcome: 'refused'; refusal: Refusal }
  | { outcome: 'not-started'; reason: string; retryAfterMs: number }
  | { outcome: 'unknown'; reason: string; retryAfterMs: number };

const RETRY_MS = 5_000;

/**
 * A POST is sent and answered within this time or not at all. So a worker that Temporal has given up, but that waits for
 * its turn still, cannot send it after the job has been looked for and a new POST been made.
 */
export function postLimitMs({ httpTimeoutMs }: Pick<ActivitySettings, 'httpTimeoutMs'>): number {
  return 2 * httpTimeoutMs;
}

/** The one POST that starts a job. It is not idempotent at Basiq, so it runs once: Temporal must not retry it. */
export async function startJob(settings: ActivitySettings, input: StartJobInput): Promise<StartOutcome> {
  const prepared = await preparePost(settings, input);
  if (!prepared.ready) return { outcome: 'refused', refusal: prepared.refusal };
  try {
    const { jobId, original } = await withHeartbeat(prepared.post);
    return { outcome: 'started', jobId, original };
  } catch (error) {
    if (!(error instanceof BasiqError)) throw error;
    if (!mayPass(error)) return { outcome: 'refused', refusal: refusalOf(error) };
    return {
      outcome: error.outcome === 'unknown' ? 'unknown' : 'not-started',
      reason: error.code,
      retryAfterMs: Math.max(error.retryAfterMs ?? 0, RETRY_MS),
    };
  }
}

type Prepared = { ready: true; post: () => Promise<JobReference> } | { ready: false; refusal: Refusal };

async function preparePost(settings: ActivitySettings, input: StartJobInput): Promise<Prepared> {
  const { basiq } = settings;
  const { userId, operation } = input;
  const binding = { purpose: 'credentials', userId, subject: input.subject } as const;
  const limit = AbortSignal.timeout(postLimitMs(settings));
  const call = { signal: AbortSignal.any([cancellationSignal(), limit]) };
  switch (operation.kind) {
    case 'create': {
      const opened = await openSecret(settings, operation.credentials, binding, NewCredentials);
      if (!opened.opened) return { ready: false, refusal: opened.refusal };
      return {
        ready: true,
        post: () => basiq.createConnection(userId, opened.secret, operation.institutionId, call),
      };
    }
    case 'update': {
      const opened = await openSecret(settings, operation.credentials, binding, UpdatedCredentials);
      if (!opened.opened) return { ready: false, refusal: opened.refusal };
      return {
        ready: true,
        post: () => basiq.updateConnection(userId, operation.connectionId, opened.secret, call),
      };
    }
    case 'refresh':
      return { ready: true, post: () => basiq.refreshConnection(userId, operation.connectionId, call) };
  }
}
