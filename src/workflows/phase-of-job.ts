import type { StepStatus } from '../contract/attempt-status';
import { Phase } from '../contract/phase';

/** The phase of an attempt whose job runs; `answered`: an MFA answer was sent just now. */
export function phaseOfJob(steps: readonly StepStatus[], answered: boolean): Phase {
  const statusOf = (wanted: string) => steps.find(({ title }) => title === wanted)?.status;
  if (statusOf('verify-credentials') !== 'success') return Phase.verifying;
  switch (statusOf('mfa-challenge')) {
    case 'in-progress':
      return answered ? Phase.confirmingMfa : Phase.verifying;
    // Listed from the start, the challenge may still come once the credentials are good.
    case 'pending':
      return Phase.verifying;
    default:
      return Phase.retrieving;
  }
}
