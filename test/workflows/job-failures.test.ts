import { ERROR_TABLE } from '../../src/contract/error-table';
import { create, PEOPLE, TimeSkippingWorld } from './time-skipping-world';

let world: TimeSkippingWorld;
beforeAll(async () => (world = await TimeSkippingWorld.start()), 120_000);
afterEach(() => world.tidy());
afterAll(() => world.stop());

async function failureOf(institutionId: string, credentials: { loginId: string; password: string }) {
  const userId = await world.newUser();
  return world.failure(await world.start(create(userId, institutionId, credentials)));
}

const jobCodes = Object.entries(ERROR_TABLE).filter(([, { origin }]) => origin === 'job');
const steps = ['verify-credentials', 'mfa-challenge', 'retrieve-accounts', 'retrieve-transactions'];

describe('a job whose step fails ends the attempt with the code of Basiq and our advice', () => {
  // Each code at one step, and each step with several codes.
  const cases = jobCodes.map(([code, row], index) => ({
    code,
    row,
    title: steps[index % steps.length] ?? '',
  }));

  test.each(cases)('$code at $title', async ({ code, row, title }) => {
    await world.bank('AU00000', { failAtStep: { title, code, detail: `why ${code}` } });
    const failure = await failureOf('AU00000', PEOPLE.gilfoyle);
    expect(failure).toMatchObject({ code, step: title, detail: `why ${code}`, title: 'Step failed' });
    expect(failure).toMatchObject({ actor: row.actor, tryAgain: row.tryAgain });
    expect(failure.remedy).toContain(row.remedy);
    expect(failure.jobId).not.toBeNull();
  });

  test.each(steps)('invalid-credentials at %s', async (title) => {
    await world.bank('AU00000', { failAtStep: { title, code: 'invalid-credentials', detail: 'why' } });
    expect(await failureOf('AU00000', PEOPLE.gilfoyle)).toMatchObject({
      code: 'invalid-credentials',
      step: title,
    });
  });

  test('a code that nobody has heard of keeps its name and gets careful advice', async () => {
    await world.bank('AU00000', {
      failAtStep: { title: 'verify-credentials', code: 'bank-on-the-moon', detail: 'x'.repeat(5_000) },
    });
    const failure = await failureOf('AU00000', PEOPLE.gilfoyle);
    expect(failure).toMatchObject({
      code: 'bank-on-the-moon',
      actor: ERROR_TABLE['unknown-error'].actor,
      remedy: ERROR_TABLE['unknown-error'].remedy,
      tryAgain: ERROR_TABLE['unknown-error'].tryAgain,
    });
    // Temporal drops the details of a failure of more than 4 KB.
    expect(JSON.stringify(failure).length).toBeLessThan(2_500);
  });

  test('a step that Basiq adds one day fails the attempt like any other', async () => {
    await world.bank('AU00000', {
      failAtStep: { title: 'retrieve-statements', code: 'connector-error', detail: 'new' },
    });
    expect(await failureOf('AU00000', PEOPLE.gilfoyle)).toMatchObject({
      code: 'connector-error',
      step: 'retrieve-statements',
    });
  });
});

describe('what exists after a failure', () => {
  test('a failed retrieve step after a good verify says that the connection exists', async () => {
    await world.bank('AU00000', {
      failAtStep: { title: 'retrieve-transactions', code: 'unknown-error', detail: 'why' },
    });
    const userId = await world.newUser();
    const failure = await world.failure(await world.start(create(userId, 'AU00000')));
    const { connectionId } = await world.jobOf(userId);
    expect(failure).toMatchObject({ connectionId, related: [{ kind: 'connection', id: connectionId }] });
    expect(failure.remedy).toMatch(/connection exists/);
  });

  test('a failed verify step names no connection', async () => {
    const failure = await failureOf('AU00000', { loginId: 'Gilfoyle', password: 'wrong' });
    expect(failure).toMatchObject({ connectionId: null, related: [] });
    expect(failure.remedy).not.toMatch(/connection exists/);
  });
});

describe("the people of Basiq's sandbox who never succeed", () => {
  test.each([
    { who: PEOPLE.bighead, code: 'invalid-credentials', step: 'verify-credentials', detail: /locked/ },
    {
      who: PEOPLE.erlich,
      code: 'account-not-accessible-requires-user-action',
      step: 'retrieve-accounts',
      detail: /action by the user/,
    },
    { who: PEOPLE.jianYang, code: 'service-unavailable', step: 'retrieve-accounts', detail: /reached/ },
    {
      who: { loginId: 'nobody', password: 'at-all' },
      code: 'invalid-credentials',
      step: 'verify-credentials',
      detail: /Cannot log in/,
    },
  ])('$who.loginId: $code', async ({ who, code, step, detail }) => {
    const userId = await world.newUser();
    const workflowId = await world.start(create(userId, 'AU00000', who));
    const failure = await world.failure(workflowId);
    expect(failure).toMatchObject({ code, step, detail: expect.stringMatching(detail) as string });
    expect(await world.client.status(workflowId)).toMatchObject({
      phase: 'failed',
      waitingOn: 'nobody',
      waitingUntil: null,
      failure,
    });
    // A create that failed is not tried again with the same credentials: banks lock accounts.
    expect(await world.admin.count('POST', `/users/${userId}/connections`)).toBe(1);
  });
});
