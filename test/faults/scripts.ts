import type { AttemptInput, Phase } from '../../src/client';
import type { Bank } from './bank';
import type { End } from './judge';

/** What the person does, or whoever started the attempt. */
export type Person =
  | { does: 'nothing' }
  /** `twice`: by update and by signal at once */
  | { does: 'answer'; by: 'update' | 'signal' | 'twice'; wrongFirst: boolean }
  | { does: 'approve' }
  | { does: 'cancel'; during: Phase };

/** An attempt of the load, and the one right end of it. The people and banks are the sandbox's (docs/sandbox.md). */
export interface Script {
  name: string;
  /** Makes at Basiq what has to be there before, and says what to ask for, and for whom. */
  prepare: (bank: Bank) => Promise<Pick<AttemptInput, 'userId' | 'operation'>>;
  person: Person;
  expected: End;
  /** how many jobs are made for it, and by how many POSTs of its own */
  jobsWanted: 0 | 1;
  startsWanted: 0 | 1;
}

const succeeded: End = { ended: 'succeeded' };
const failed = (code: string): End => ({ ended: 'failed', code });
const nothing: Person = { does: 'nothing' };
const answers = (by: 'update' | 'signal' | 'twice'): Person => ({ does: 'answer', by, wrongFirst: false });

const PEOPLE = {
  gilfoyle: { loginId: 'Gilfoyle', password: 'PiedPiper' },
  jared: { loginId: 'jared', password: 'django' },
  whistler: { loginId: 'Whistler', password: 'ShowBox' },
  erlich: { loginId: 'erlich', password: 'aviato' },
  locked: { loginId: 'bighead', password: 'password' },
} as const;

function linking(
  name: string,
  institutionId: string,
  who: keyof typeof PEOPLE,
  person: Person,
  expected: End,
): Script {
  const operation = { kind: 'create', institutionId, credentials: PEOPLE[who] } as const;
  return {
    name,
    prepare: async (bank) => ({ userId: await bank.newUser(), operation }),
    person,
    expected,
    jobsWanted: 1,
    startsWanted: 1,
  };
}

/** Those that end by themselves within seconds; they come again and again. */
export const PASSING: readonly Script[] = [
  linking('plain', 'AU00000', 'gilfoyle', nothing, succeeded),
  linking('slow bank', 'AU90007', 'gilfoyle', nothing, succeeded),
  linking('MFA code', 'AU00002', 'jared', answers('update'), succeeded),
  linking('MFA code by signal', 'AU00002', 'jared', answers('signal'), succeeded),
  linking('MFA code from two senders', 'AU00002', 'jared', answers('twice'), succeeded),
  linking(
    'wrong, then right',
    'AU00002',
    'whistler',
    { does: 'answer', by: 'update', wrongFirst: true },
    succeeded,
  ),
  linking('two questions', 'AU90004', 'jared', answers('update'), succeeded),
  linking('app approval', 'AU90006', 'gilfoyle', { does: 'approve' }, succeeded),
  linking('app approval without prompt', 'AU90005', 'gilfoyle', { does: 'approve' }, succeeded),
  linking('outage that ends', 'AU90001', 'gilfoyle', nothing, succeeded),
  linking('MFA after an outage', 'AU90003', 'jared', answers('update'), succeeded),
  linking('locked account', 'AU00000', 'locked', nothing, failed('invalid-credentials')),
  linking(
    'bank wants the person',
    'AU00004',
    'erlich',
    nothing,
    failed('account-not-accessible-requires-user-action'),
  ),
  linking(
    'cancelled while asked',
    'AU00002',
    'jared',
    { does: 'cancel', during: 'awaiting-mfa' },
    { ended: 'cancelled' },
  ),
  linking(
    'cancelled in the queue',
    'AU90002',
    'gilfoyle',
    { does: 'cancel', during: 'queued' },
    { ended: 'cancelled' },
  ),
  {
    name: 'refresh',
    prepare: (bank) => {
      const { userId, connectionId } = bank.connectedPerson();
      return Promise.resolve({ userId, operation: { kind: 'refresh', connectionId } });
    },
    person: nothing,
    expected: succeeded,
    jobsWanted: 1,
    startsWanted: 1,
  },
  {
    name: 'new password',
    prepare: (bank) => {
      const { userId, connectionId } = bank.connectedPerson();
      const { password } = PEOPLE.gilfoyle;
      return Promise.resolve({
        userId,
        operation: { kind: 'update', connectionId, credentials: { password } },
      });
    },
    person: nothing,
    expected: succeeded,
    jobsWanted: 1,
    startsWanted: 1,
  },
  {
    name: 'adopted job',
    prepare: async (bank) => {
      const userId = await bank.newUser();
      const { jobId } = await bank.begun(userId, 'AU90001', PEOPLE.gilfoyle);
      return { userId, operation: { kind: 'adopt', jobId } };
    },
    person: nothing,
    expected: succeeded,
    jobsWanted: 1,
    startsWanted: 0,
  },
  {
    name: 'linked already',
    prepare: (bank) => {
      const { userId } = bank.connectedPerson();
      const credentials = PEOPLE.gilfoyle;
      return Promise.resolve({
        userId,
        operation: { kind: 'create', institutionId: 'AU00000', credentials },
      });
    },
    person: nothing,
    expected: failed('connection-exists'),
    jobsWanted: 0,
    startsWanted: 0,
  },
];

/** An outage that nobody ends: it is parked all the while, and expires when the load ends. */
export const PARKED: Script = linking(
  'outage of seven days',
  'AU90002',
  'gilfoyle',
  nothing,
  failed('temporary-unavailable'),
);
