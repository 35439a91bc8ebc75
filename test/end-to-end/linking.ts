import type { AttemptInput, NewCredentials } from '../../src/client';

/** People of the sandbox (docs/sandbox.md), by what their bank asks. */
export const PEOPLE = {
  /** "What's your first company?": Hooli */
  gilfoyle: { loginId: 'Gilfoyle', password: 'PiedPiper' },
  /** "OTP Password": 1234 */
  jared: { loginId: 'jared', password: 'django' },
} as const;

/** A request to link a bank, as a back-end makes it. */
export function linking(
  userId: string,
  institutionId: string,
  more: {
    credentials?: NewCredentials;
    policy?: NonNullable<AttemptInput['policy']>;
    additional?: boolean;
    reference?: string;
  } = {},
): AttemptInput {
  const { policy = {}, credentials = PEOPLE.jared, ...rest } = more;
  return { userId, operation: { kind: 'create', institutionId, credentials, ...rest }, policy };
}
