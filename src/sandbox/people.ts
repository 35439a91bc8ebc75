/**
 * The people of Basiq's sandbox (Basiq 2.1 docs, "Testing"). They can sign in at each bank here; at a bank that
 * challenges, their own challenge is asked.
 */
export interface Challenge {
  method: 'token' | 'security-questions';
  description: string;
  /** The prompts. An app approval may have none. */
  input: readonly string[];
  /** The right answers; one for each prompt, or `confirmed` for an approval. */
  answers: readonly string[];
}

export interface StepFailure {
  code: string;
  title: string;
  detail: string;
}

export interface Person {
  loginId: string;
  password: string;
  challenge: Challenge;
  /** What always goes wrong for this person, and at which step. */
  failure: { step: string; failure: StepFailure } | null;
}

const oneTimePassword: Challenge = {
  method: 'token',
  description: 'Enter the one-time password that your bank sent you.',
  input: ['OTP Password'],
  answers: ['1234'],
};

// The bare text `security-questions` is what Basiq's own examples carry as a description.
const firstCompany: Challenge = {
  method: 'security-questions',
  description: 'security-questions',
  input: ["What's your first company?"],
  answers: ['Hooli'],
};

// Basiq's testing page answers AU00000 and its request example AU00002; the testing page is followed, as it is
// the one that lists answers by person.
const twoQuestions: Challenge = {
  method: 'security-questions',
  description: 'security-questions',
  input: ["What's the name of your account aggregation provider?", 'What is the code of this institution?'],
  answers: ['Basiq', 'AU00000'],
};

const works = (loginId: string, password: string, challenge: Challenge): Person => ({
  loginId,
  password,
  challenge,
  failure: null,
});

const fails = (loginId: string, password: string, step: string, failure: StepFailure): Person => ({
  loginId,
  password,
  challenge: oneTimePassword,
  failure: { step, failure },
});

export const people: readonly Person[] = [
  works('Wentworth-Smith', 'whislter', twoQuestions),
  works('Whistler', 'ShowBox', twoQuestions),
  works('Gilfoyle', 'PiedPiper', firstCompany),
  works('gavinBelson', 'hooli2016', firstCompany),
  works('jared', 'django', oneTimePassword),
  works('richard', 'tabsnotspaces', oneTimePassword),
  works('ashMann', 'hooli2024', oneTimePassword),
  // Basiq words a locked account in two ways; this is the short one, of the testing page.
  fails('bighead', 'password', 'verify-credentials', {
    code: 'invalid-credentials',
    title: 'Invalid credentials',
    detail: 'Account is locked',
  }),
  // Which step fails for erlich and jianYang is not written anywhere; Basiq's sample apps look for both codes at
  // retrieve-accounts, so it is that one.
  fails('erlich', 'aviato', 'retrieve-accounts', {
    code: 'account-not-accessible-requires-user-action',
    title: 'Account not accessible',
    detail: 'The bank asks for an action by the user in internet banking before accounts can be read.',
  }),
  // By the queue's rule a bank that is down would park this create; the testing page says that it fails, and at
  // retrieve-accounts the queue has no say.
  fails('jianYang', 'nothotdog', 'retrieve-accounts', {
    code: 'service-unavailable',
    title: 'Service unavailable',
    detail: 'The institution could not be reached.',
  }),
];

const byLoginId = new Map(people.map((person) => [person.loginId, person]));

/** The person who signs in so, or null where either is wrong. */
export function signIn(loginId: string, password: string): Person | null {
  const person = byLoginId.get(loginId);
  return person?.password === password ? person : null;
}

export function personOf(loginId: string): Person | null {
  return byLoginId.get(loginId) ?? null;
}
