import { ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import { BasiqError } from '../basiq/basiq-error';
import { readJob, type JobView } from '../basiq/job';
import type { ActivitySettings } from './activity-settings';
import { isUnknown, refusalOf } from './basiq-refusal';
import type { AskedChallenge, Observation, Seen } from './observation';
import { readWithRetries } from './read-with-retries';
import { decideWatch } from './watch-decision';

export interface LookInput {
  jobId: string;
  institution: { id: string | null; name: string | null };
  seen: Seen | null;
}

/** One look at the job now, beside a watch that may be parked or in between two polls. */
export async function lookAtJob(
  settings: ActivitySettings,
  input: LookInput,
): Promise<Observation | { kind: 'no-news' }> {
  const call = { signal: cancellationSignal() };
  const answered = await readWithRetries(() => settings.basiq.getJob(input.jobId, call));
  if (answered instanceof BasiqError) {
    if (isUnknown(answered)) return { kind: 'refused', refusal: refusalOf(answered) };
    throw ApplicationFailure.create({ type: answered.code, message: answered.message, nonRetryable: true });
  }
  const decision = decideWatch(readJob(answered.body, settings.apiUrl), answered.basiqNowMs, {
    seen: input.seen,
    queue: settings.queue,
    stalledAfterMs: Infinity,
    watchedMs: 0,
    stayedMs: 0,
    spread: 0,
    ask: (view) => askedChallenge(settings, input.institution, view),
  });
  return decision.next === 'report' ? decision.observation : { kind: 'no-news' };
}

/**
 * A challenge is an approval in the bank's app when it has no prompt, or when its institution is on the configured list
 * (an id, or how its name begins): Basiq marks such banks by nothing else (its Bendigo guide).
 */
export function askedChallenge(
  settings: Pick<ActivitySettings, 'appApprovalInstitutions' | 'allowPlainSecrets'>,
  institution: LookInput['institution'],
  view: Extract<JobView, { state: 'challenged' }>,
): AskedChallenge {
  const name = institution.name?.toLowerCase() ?? '';
  const listed = settings.appApprovalInstitutions.some(
    (entry) => entry === institution.id || name.startsWith(entry.toLowerCase()),
  );
  return {
    ...view.challenge,
    kind: listed || view.challenge.prompts.length === 0 ? 'approve' : 'answer',
    plainAnswersAllowed: settings.allowPlainSecrets,
  };
}
