/**
 * Every code that an attempt can fail with: what it means, who must act, what they should do, and whether trying again
 * can help. The one source of the failures' advice and of docs/errors.md.
 */
export interface ErrorRow {
  /** job: a step of Basiq's job failed. request: Basiq refused the call. attempt: this system ended it. */
  origin: 'job' | 'request' | 'attempt';
  title: string;
  /** person: whose bank it is. team: the back-end's developers or operators. */
  actor: 'person' | 'team' | 'basiq-support' | 'nobody';
  remedy: string;
  /** Whether a new attempt can help. after-action: once the actor has done what `remedy` says. */
  tryAgain: 'no' | 'after-action' | 'later';
}

const row = (
  origin: ErrorRow['origin'],
  actor: ErrorRow['actor'],
  tryAgain: ErrorRow['tryAgain'],
  title: string,
  remedy: string,
): ErrorRow => ({ origin, title, actor, remedy, tryAgain });

export const ERROR_TABLE = {
  'invalid-credentials': row(
    'job',
    'person',
    'after-action',
    'The bank refused the credentials or the MFA answer',
    'Ask the person for their credentials again; never send the same ones twice, since banks lock accounts. The detail says when the account is locked.',
  ),
  'account-not-accessible-requires-user-action': row(
    'job',
    'person',
    'after-action',
    'The bank wants something of the person before it gives access',
    'Ask the person to log in at the bank and do what it asks there, then refresh the connection.',
  ),
  'user-action-required': row(
    'job',
    'person',
    'after-action',
    'The bank wants something of the person',
    'Ask the person to log in at the bank and do what it asks there, then start again.',
  ),
  'invalid-connection': row(
    'job',
    'person',
    'after-action',
    'The connection is invalid',
    'Ask the person for their credentials and update the connection.',
  ),
  'authorization-failed': row(
    'job',
    'person',
    'after-action',
    'The bank no longer accepts the authorisation',
    'Ask the person to authorise access at the bank again.',
  ),
  'service-unavailable': row(
    'job',
    'team',
    'later',
    'The bank or its connector was unavailable',
    "Tell the person of the outage. Look at the institution's status at Basiq and try again later; if it goes on, give Basiq's support the connection id.",
  ),
  'temporary-unavailable': row(
    'job',
    'person',
    'later',
    'The bank stayed unavailable for the seven days in which Basiq tries again',
    'Tell the person that the bank could not be reached and let them choose to start again.',
  ),
  'maintenance-error': row('job', 'team', 'later', 'The bank is under maintenance', 'Try again later.'),
  maintenance: row('job', 'team', 'later', 'The bank is under maintenance', 'Try again later.'),
  'system-unavailable': row('job', 'team', 'later', 'Basiq or the bank is unavailable', 'Try again later.'),
  'connector-error': row(
    'job',
    'team',
    'later',
    "Basiq's connector to the bank failed",
    "Try again later; if it goes on, give Basiq's support the job id.",
  ),
  'institution-not-available': row(
    'job',
    'team',
    'later',
    'The institution is not available',
    'Try again later.',
  ),
  'institution-disabled': row(
    'job',
    'basiq-support',
    'no',
    'Basiq has disabled the institution',
    'Take the institution off your list and ask Basiq.',
  ),
  'institution-not-found': row(
    'job',
    'team',
    'no',
    'Basiq does not know the institution',
    "Take the institution's id from Basiq's list.",
  ),
  'institution-not-supported': row(
    'job',
    'basiq-support',
    'no',
    'Basiq does not support the institution',
    'Take the institution off your list and ask Basiq.',
  ),
  'job-timed-out': row(
    'job',
    'team',
    'later',
    'The job took too long at Basiq',
    'Start one new attempt; if the bank asked for MFA, only while the person is present.',
  ),
  'unknown-error': row(
    'job',
    'team',
    'later',
    'Basiq gave a reason that it does not name',
    "Start one new attempt; if it fails in the same way, give Basiq's support the job id.",
  ),

  'parameter-not-valid': row(
    'request',
    'team',
    'no',
    'Basiq refused a value of the request',
    'Correct the value that the detail names.',
  ),
  'parameter-not-supplied': row(
    'request',
    'team',
    'no',
    'Basiq misses a value in the request',
    'Send the value that the detail names; the institution says which fields its login has.',
  ),
  'resource-not-found': row(
    'request',
    'team',
    'no',
    'The user, connection, institution or job does not exist at Basiq',
    'Check the ids; a deleted connection has to be created again.',
  ),
  'access-denied': row(
    'request',
    'team',
    'no',
    'Basiq denies access',
    "Check the worker's BASIQ_API_KEY and what it may do.",
  ),
  'forbidden-access': row(
    'request',
    'team',
    'no',
    'The token has not the scope for the call',
    "Check the worker's BASIQ_API_KEY and what it may do.",
  ),
  'unauthorized-access': row(
    'request',
    'team',
    'no',
    'The user belongs to another application',
    'Check that the user was created with the same API key.',
  ),
  'invalid-authorization-token': row(
    'request',
    'team',
    'no',
    'Basiq did not accept the token',
    "Check the worker's BASIQ_API_KEY.",
  ),
  'api-key-refused': row(
    'request',
    'team',
    'no',
    'Basiq did not accept the API key',
    "Check the worker's BASIQ_API_KEY.",
  ),
  'no-production-access': row(
    'request',
    'team',
    'no',
    'The API key is for the sandbox, the institution is live',
    'Use a sandbox institution, or ask Basiq for production access.',
  ),
  'too-many-sandbox-connections': row(
    'request',
    'team',
    'after-action',
    'The sandbox quota of connections is used up',
    'Delete connections that are no longer needed.',
  ),
  'invalid-id': row(
    'request',
    'team',
    'no',
    'An id of the request is none of Basiq',
    'Correct the id that the detail names.',
  ),
  'redirect-refused': row(
    'request',
    'team',
    'no',
    'The address of Basiq answered with a redirect; credentials are not sent after it',
    "Check the worker's BASIQ_API_URL.",
  ),
  'too-many-requests': row(
    'request',
    'team',
    'later',
    'Basiq goes on refusing the call because too many came',
    'Try again later; lower BASIQ_MAX_CALLS_PER_SECOND if it goes on.',
  ),

  'invalid-input': row(
    'attempt',
    'team',
    'no',
    "The attempt's input is not valid",
    'Correct the fields that the detail names.',
  ),
  'plain-secret-refused': row(
    'attempt',
    'team',
    'no',
    'The credentials came in plain text',
    "Seal them with the workers' public key. Temporal has recorded the plain ones: treat them as exposed.",
  ),
  'sealed-secret-unreadable': row(
    'attempt',
    'team',
    'no',
    'The sealed credentials cannot be opened for this attempt',
    "Seal them with the workers' present public key, for this user and this institution or connection.",
  ),
  'connection-exists': row(
    'attempt',
    'team',
    'no',
    'The person already has an active connection at this institution',
    'Refresh or update that connection, or set "additional" to link once more.',
  ),
  'already-watched': row(
    'attempt',
    'team',
    'no',
    'Another attempt already watches the job',
    'Use that attempt.',
  ),
  'start-ambiguous': row(
    'attempt',
    'team',
    'after-action',
    "It cannot be told which of several jobs at Basiq is this attempt's",
    'Look at the jobs that are named and adopt the right one.',
  ),
  'basiq-unreachable': row(
    'attempt',
    'team',
    'later',
    'Basiq gave no good answer for too long',
    "Look at Basiq's status page and the worker's network. If a job is named it may go on: adopt it.",
  ),
  'mfa-expired': row(
    'attempt',
    'person',
    'after-action',
    'The person did not answer the bank in time',
    'Start again when the person is present.',
  ),
  'job-stalled': row(
    'attempt',
    'team',
    'later',
    'The job stopped moving at Basiq',
    "Give Basiq's support the job id; adopt the job if it goes on.",
  ),
} as const satisfies Record<string, ErrorRow>;

export type KnownErrorCode = keyof typeof ERROR_TABLE;

export function isKnownErrorCode(code: string): code is KnownErrorCode {
  return Object.hasOwn(ERROR_TABLE, code);
}

/** Basiq says that the list of bank errors is not fixed: an unknown code keeps its name and gets careful advice. */
export function errorRow(code: string): ErrorRow {
  return isKnownErrorCode(code) ? ERROR_TABLE[code] : ERROR_TABLE['unknown-error'];
}
