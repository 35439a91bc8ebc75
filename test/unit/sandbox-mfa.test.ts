import { aString, Caller, errorOf, idOf, statuses, titles } from './sandbox-caller';

/** Challenges: whose, how they are answered, and what a wrong or late answer leads to. */
describe('a challenge', () => {
  let caller: Caller;
  let userId: string;

  beforeEach(async () => {
    caller = await Caller.start();
    userId = await caller.newUser();
  });

  afterEach(() => caller.close());

  async function challenged(institutionId = 'AU00002', loginId = 'jared', password = 'django') {
    const jobId = idOf(await caller.connect(userId, institutionId, loginId, password));
    caller.pass(1_000);
    return jobId;
  }

  const told = (behaviour: object) => caller.admin('PUT', '/institutions/AU00002', behaviour);
  const verdicts = async (jobId: string) => (await caller.summary(jobId)).mfaAnswers;

  test.each([
    ['jared', 'django', 'token', ['OTP Password'], ['1234']],
    ['richard', 'tabsnotspaces', 'token', ['OTP Password'], ['1234']],
    ['gavinBelson', 'hooli2016', 'security-questions', ["What's your first company?"], ['Hooli']],
    ['Gilfoyle', 'PiedPiper', 'security-questions', ["What's your first company?"], ['Hooli']],
    ['Whistler', 'ShowBox', 'security-questions', [aString, aString], ['Basiq', 'AU00000']],
    ['Wentworth-Smith', 'whislter', 'security-questions', [aString, aString], ['Basiq', 'AU00000']],
    ['ashMann', 'hooli2024', 'token', ['OTP Password'], ['1234']],
  ])('of %s is the documented one', async (loginId, password, method, input, answers) => {
    const jobId = await challenged('AU00002', loginId, password);
    const job = await caller.job(jobId);
    expect(titles(job)).toEqual([
      'verify-credentials',
      'mfa-challenge',
      'retrieve-accounts',
      'retrieve-transactions',
    ]);
    expect(statuses(job)).toBe('success in-progress pending pending');
    expect(job.steps[1]?.result).toEqual({
      type: 'mfa',
      method,
      description: aString,
      input,
      expiryMs: 120_000,
      links: { response: `${caller.sandbox.url}/jobs/${jobId}/mfa` },
    });
    const answer = await caller.answer(jobId, ...answers);
    expect([answer.status, idOf(answer)]).toEqual([202, jobId]);
    caller.pass(3_000);
    expect(statuses(await caller.job(jobId))).toBe('success success success success');
  });

  test('is listed from the start, pending with null', async () => {
    const job = await caller.job(idOf(await caller.connect(userId, 'AU00002', 'jared', 'django')));
    expect(job.steps[1]).toEqual({ title: 'mfa-challenge', status: 'pending', result: null });
  });

  test('stays in progress with the same result while a good answer settles, and keeps it after', async () => {
    await told({ mfaSettleMs: 5_000 });
    const jobId = await challenged();
    const before = await caller.job(jobId);
    await caller.answer(jobId, '1234');
    caller.pass(4_999);
    expect((await caller.job(jobId)).steps).toEqual(before.steps);
    expect((await caller.answer(jobId, '1234')).status).toBe(202);
    caller.pass(1);
    const after = await caller.job(jobId);
    expect(after.steps[1]).toEqual({ ...before.steps[1], status: 'success' });
    expect(await verdicts(jobId)).toMatchObject([{ verdict: 'accepted' }, { verdict: 'repeated' }]);
  });

  test('refuses a wrong answer at once and takes the next', async () => {
    const jobId = await challenged();
    const wrong = await caller.answer(jobId, '9999');
    expect([wrong.status, wrong.body]).toEqual([400, errorOf('invalid-credentials')]);
    expect(JSON.stringify(wrong.body)).not.toContain('9999');
    expect(await caller.summary(jobId)).toMatchObject({ state: 'challenged' });
    expect((await caller.answer(jobId, '1234')).status).toBe(202);
    expect(await verdicts(jobId)).toMatchObject([
      { round: 1, verdict: 'rejected' },
      { round: 1, verdict: 'accepted' },
    ]);
  });

  test('fails later by a wrong answer at a bank that does so', async () => {
    await told({ wrongAnswer: 'failed-step' });
    const jobId = await challenged();
    expect((await caller.answer(jobId, '9999')).status).toBe(202);
    expect(await caller.summary(jobId)).toMatchObject({ state: 'running' });
    caller.pass(1_000);
    const job = await caller.job(jobId);
    expect(statuses(job)).toBe('success failed pending pending');
    expect(job.steps[1]?.result).toMatchObject({ code: 'invalid-credentials' });
    expect((await caller.answer(jobId, '1234')).status).toBe(400);
    expect((await caller.call('GET', `/users/${userId}/connections`)).body).toMatchObject({
      data: [{ status: 'invalid' }],
    });
  });

  test('just stays by a wrong answer at a bank that does so', async () => {
    await told({ wrongAnswer: 'still-in-progress' });
    const jobId = await challenged();
    expect((await caller.answer(jobId, '9999')).status).toBe(202);
    caller.pass(60_000);
    expect(await caller.summary(jobId)).toMatchObject({ state: 'challenged' });
    expect((await caller.answer(jobId, '1234')).status).toBe(202);
    caller.pass(3_000);
    expect(await caller.summary(jobId)).toMatchObject({ state: 'succeeded' });
  });

  test('refuses a wrong number of answers, and what is not a list of strings', async () => {
    const jobId = await challenged('AU00002', 'Whistler', 'ShowBox');
    for (const response of [[], ['Basiq'], ['Basiq', 'AU00000', 'x']]) {
      const answer = await caller.answer(jobId, ...response);
      expect([answer.status, answer.body]).toEqual([400, errorOf('parameter-not-valid')]);
    }
    const path = `/jobs/${jobId}/mfa`;
    const number = await caller.call('POST', path, { 'mfa-response': [1234] }, 'CLIENT_ACCESS');
    expect([number.status, number.body]).toEqual([400, errorOf('parameter-not-valid')]);
    const missing = await caller.call('POST', path, {}, 'CLIENT_ACCESS');
    expect([missing.status, missing.body]).toEqual([400, errorOf('parameter-not-supplied')]);
    expect(await verdicts(jobId)).toEqual([]);
  });

  test('that is not there takes no answer', async () => {
    const early = idOf(await caller.connect(userId, 'AU00002', 'jared', 'django'));
    expect((await caller.answer(early, '1234')).status).toBe(400);
    const never = idOf(await caller.connect(userId, 'AU00000', 'jared', 'django'));
    caller.pass(1_000);
    expect((await caller.answer(never, '1234')).status).toBe(400);
    expect(await verdicts(never)).toEqual([]);
  });

  test('times out a minute after its own expiry', async () => {
    await told({ mfaExpiryMs: 30_000 });
    const jobId = await challenged();
    expect((await caller.job(jobId)).steps[1]?.result).toMatchObject({ expiryMs: 30_000 });
    caller.pass(89_999);
    expect(await caller.summary(jobId)).toMatchObject({ state: 'challenged' });
    caller.pass(1);
    const job = await caller.job(jobId);
    expect(statuses(job)).toBe('success failed pending pending');
    expect(job.steps[1]?.result).toMatchObject({ code: 'job-timed-out' });
    expect((await caller.answer(jobId, '1234')).status).toBe(400);
  });

  test('stays open at a bank that does so', async () => {
    await told({ mfaExpiry: 'stays' });
    const jobId = await challenged();
    caller.pass(1_000_000_000);
    expect(await caller.summary(jobId)).toMatchObject({ state: 'challenged' });
    expect((await caller.answer(jobId, '1234')).status).toBe(202);
  });

  test('comes with every second job at the intermittent bank, and is not listed before', async () => {
    const first = idOf(await caller.connect(userId, 'AU00003', 'jared', 'django'));
    const second = idOf(await caller.connect(userId, 'AU00003', 'richard', 'tabsnotspaces'));
    expect(titles(await caller.job(second))).toHaveLength(3);
    caller.pass(1_000);
    expect(statuses(await caller.job(first))).toBe('success in-progress pending');
    expect(statuses(await caller.job(second))).toBe('success in-progress pending pending');
  });

  test('can be skipped', async () => {
    await told({ skipMfa: true });
    const jobId = await challenged();
    caller.pass(2_000);
    expect(statuses(await caller.job(jobId))).toBe('success skipped success success');
    expect(await caller.summary(jobId)).toMatchObject({ state: 'succeeded' });
  });

  test('may come in two rounds', async () => {
    const jobId = await challenged('AU90004', 'gavinBelson', 'hooli2016');
    await caller.answer(jobId, 'Hooli');
    caller.pass(1_000);
    const second = await caller.job(jobId);
    expect(statuses(second)).toBe('success in-progress pending pending');
    expect(second.steps[1]?.result).toMatchObject({ method: 'token', input: ['Second code'] });
    expect((await caller.answer(jobId, 'Hooli')).status).toBe(400);
    await caller.answer(jobId, '5678');
    caller.pass(3_000);
    expect(statuses(await caller.job(jobId))).toBe('success success success success');
    expect(await verdicts(jobId)).toMatchObject([
      { round: 1, verdict: 'accepted' },
      { round: 2, verdict: 'rejected' },
      { round: 2, verdict: 'accepted' },
    ]);
  });

  test.each([
    ['AU90005', 0],
    ['AU90006', 1],
  ])('may be an approval in an app: %s, %i prompts', async (institutionId, prompts) => {
    const jobId = await challenged(institutionId, 'Whistler', 'ShowBox');
    const { result } = (await caller.job(jobId)).steps[1] ?? {};
    const input = Array.from({ length: prompts }, () => aString);
    expect(result).toMatchObject({ type: 'mfa', method: 'token', input });
    expect((await caller.answer(jobId, 'yes')).status).toBe(400);
    expect((await caller.answer(jobId, 'confirmed')).status).toBe(202);
    caller.pass(3_000);
    expect(await caller.summary(jobId)).toMatchObject({ state: 'succeeded' });
  });

  test('comes again with a refresh', async () => {
    const jobId = await challenged();
    await caller.answer(jobId, '1234');
    caller.pass(3_000);
    const { connectionId } = await caller.summary(jobId);
    const path = `/users/${userId}/connections/${String(connectionId)}/refresh`;
    const refresh = idOf(await caller.call('POST', path));
    caller.pass(1_000);
    expect(await caller.summary(refresh)).toMatchObject({ kind: 'refresh', state: 'challenged' });
  });
});
