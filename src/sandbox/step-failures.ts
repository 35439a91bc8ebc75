import type { StepFailure } from './people';

/** What a step says when it fails (Basiq 2.1 docs, "Job error codes"). */
export const invalidCredentials: StepFailure = {
  code: 'invalid-credentials',
  title: 'Invalid credentials',
  detail: 'Cannot log in to the institution with the supplied credentials.',
};

export const mfaNotSupported: StepFailure = {
  code: 'invalid-credentials',
  title: 'Invalid credentials',
  detail: 'The institution asks for multi-factor authentication, which is not supported.',
};

export const wrongMfaAnswer: StepFailure = {
  code: 'invalid-credentials',
  title: 'Invalid credentials',
  detail: 'The answer to the challenge is not correct.',
};

export const serviceUnavailable: StepFailure = {
  code: 'service-unavailable',
  title: 'Service unavailable',
  detail: 'The institution is not available at the moment.',
};

/** The result of a verify step that is parked; its status is `pending`. */
export const queued: StepFailure = {
  code: 'temporary-unavailable-queued',
  title: 'Temporarily unavailable',
  detail: 'The institution is temporarily unavailable. The request is queued and will be tried again.',
};

export const queueGaveUp: StepFailure = {
  code: 'temporary-unavailable',
  title: 'Temporarily unavailable',
  detail: 'The institution stayed unavailable for as long as the request was queued.',
};

/** No code is documented for a challenge that nobody answered; this is the likeliest of the listed ones. */
export const challengeTimedOut: StepFailure = {
  code: 'job-timed-out',
  title: 'Job timed out',
  detail: 'The challenge was not answered in time.',
};
