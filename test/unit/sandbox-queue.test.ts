import { BankBook } from '../../src/sandbox/bank-book';
import { makeJob } from '../../src/sandbox/job-maker';
import type { Settings } from '../../src/sandbox/settings';
import { type Connection, Store } from '../../src/sandbox/store';
import { Caller, HOUR_MS, idOf, statuses, titles } from './sandbox-caller';

/** Outages over HTTP, on a clock that the test moves: no test here waits. */
describe('an outage', () => {
  let caller: Caller;
  let userId: string;

  beforeEach(async () => {
    caller = await Caller.start();
    userId = await caller.newUser();
  });

  afterEach(() => caller.close());

  async function parked(institutionId: string, loginId?: string, password?: string): Promise<string> {
    const jobId = idOf(await caller.connect(userId, institutionId, loginId, password));
    caller.pass(1_000);
    return jobId;
  }

  test('parks a create: verify stays pending and says that it is queued', async () => {
    const jobId = idOf(await caller.connect(userId, 'AU90002'));
    expect(statuses(await caller.job(jobId))).toBe('in-progress pending pending');
    caller.pass(1_000);
    const job = await caller.job(jobId);
    expect(statuses(job)).toBe('pending pending pending');
    expect(job.steps[0]?.result).toMatchObject({ code: 'temporary-unavailable-queued' });
    expect(job.links.source).toBeUndefined();
    expect(await caller.summary(jobId)).toMatchObject({ state: 'queued', queueTries: 0 });
  });

  test.each([1, 3, 84])('ends when the try number %i finds the bank up', async (tries) => {
    await caller.admin('PUT', '/institutions/AU90001', { recoversAfterTries: tries });
    const jobId = await parked('AU90001');
    caller.pass(tries * 2 * HOUR_MS - 1);
    expect(statuses(await caller.job(jobId))).toBe('pending pending pending');
    caller.pass(1);
    expect(statuses(await caller.job(jobId))).toBe('in-progress pending pending');
    expect(await caller.summary(jobId)).toMatchObject({ state: 'running', queueTries: tries });
    caller.pass(1_000);
    expect(statuses(await caller.job(jobId))).toBe('success in-progress pending');
    caller.pass(2_000);
    expect(statuses(await caller.job(jobId))).toBe('success success success');
    expect(await caller.summary(jobId)).toMatchObject({ state: 'succeeded', queueTries: tries });
  });

  test('moves `updated` with every try', async () => {
    const jobId = await parked('AU90002');
    const first = await caller.job(jobId);
    caller.pass(2 * HOUR_MS);
    const during = await caller.job(jobId);
    expect(Date.parse(during.updated) - Date.parse(first.updated)).toBe(2 * HOUR_MS);
    caller.pass(HOUR_MS);
    const after = await caller.job(jobId);
    expect(Date.parse(after.updated) - Date.parse(during.updated)).toBe(1_000);
    expect(statuses(after)).toBe('pending pending pending');
    expect(after.created).toBe(first.created);
  });

  test('of seven days fails the job as temporary-unavailable, and the later steps stay pending', async () => {
    const jobId = await parked('AU90002');
    caller.pass(168 * HOUR_MS - 1);
    expect(statuses(await caller.job(jobId))).toBe('pending pending pending');
    caller.pass(1_001);
    const job = await caller.job(jobId);
    expect(statuses(job)).toBe('failed pending pending');
    expect(job.steps[0]?.result).toMatchObject({ code: 'temporary-unavailable' });
    expect(await caller.summary(jobId)).toMatchObject({ state: 'failed', queueTries: 84 });
    caller.pass(1_000 * HOUR_MS);
    expect(await caller.job(jobId)).toEqual(job);
  });

  test('ends for all when the bank is set operational: at the next try and not before', async () => {
    const jobId = await parked('AU90002');
    caller.pass(5 * HOUR_MS);
    await caller.admin('PUT', '/institutions/AU90002', { status: 'operational' });
    expect(await caller.summary(jobId)).toMatchObject({ state: 'queued', queueTries: 2 });
    caller.pass(HOUR_MS + 3_000);
    expect(await caller.summary(jobId)).toMatchObject({ state: 'succeeded', queueTries: 3 });
  });

  test('that began again after the recovery does not undo it', async () => {
    const jobId = await parked('AU90002');
    await caller.admin('PUT', '/institutions/AU90002', { status: 'under-maintenance' });
    caller.pass(2 * HOUR_MS + 3_000);
    await caller.admin('PUT', '/institutions/AU90002', { status: 'partial-outage' });
    caller.pass(100 * HOUR_MS);
    expect(await caller.summary(jobId)).toMatchObject({ state: 'succeeded', queueTries: 1 });
  });

  test('may be followed by a challenge', async () => {
    const jobId = await parked('AU90003', 'jared', 'django');
    expect(titles(await caller.job(jobId))).toHaveLength(4);
    caller.pass(2 * HOUR_MS + 1_000);
    const challenged = await caller.job(jobId);
    expect(statuses(challenged)).toBe('success in-progress pending pending');
    expect(challenged.steps[1]?.result).toMatchObject({ type: 'mfa', input: ['OTP Password'] });
    expect((await caller.answer(jobId, '1234')).status).toBe(202);
    caller.pass(3_000);
    expect(statuses(await caller.job(jobId))).toBe('success success success success');
  });

  test('can be followed by wrong credentials', async () => {
    const jobId = await parked('AU90001', 'ashMann', 'wrong');
    caller.pass(6 * HOUR_MS + 1_000);
    const job = await caller.job(jobId);
    expect(statuses(job)).toBe('failed pending pending');
    expect(job.steps[0]?.result).toMatchObject({ code: 'invalid-credentials' });
  });

  test('answers a second create with 200 and the job that is queued', async () => {
    const jobId = await parked('AU90002');
    const again = await caller.connect(userId, 'AU90002');
    expect(again.status).toBe(200);
    expect(idOf(again)).toBe(jobId);
    const another = await caller.connect(userId, 'AU90002', 'jared', 'django');
    expect(another.status).toBe(202);
  });

  test('is not queued for a refresh: that fails as service-unavailable, and the connection stays active', async () => {
    const created = await parked('AU00000');
    caller.pass(3_000);
    const connectionId = String((await caller.summary(created)).connectionId);
    await caller.admin('PUT', '/institutions/AU00000', { status: 'major-outage' });
    const path = `/users/${userId}/connections/${connectionId}`;
    const refresh = await caller.call('POST', `${path}/refresh`);
    expect(refresh.status).toBe(202);
    caller.pass(1_000);
    const job = await caller.job(idOf(refresh));
    expect(statuses(job)).toBe('failed pending pending');
    expect(job.steps[0]?.result).toMatchObject({ code: 'service-unavailable' });
    expect((await caller.call('GET', path)).body).toMatchObject({ status: 'active' });
  });

  test('parks an update, too', async () => {
    const created = await parked('AU00000');
    caller.pass(3_000);
    const connectionId = String((await caller.summary(created)).connectionId);
    await caller.admin('PUT', '/institutions/AU00000', { status: 'partial-outage', recoversAfterTries: 1 });
    const path = `/users/${userId}/connections/${connectionId}`;
    const update = await caller.call('POST', path, { password: 'hooli2024' });
    caller.pass(1_000);
    expect(await caller.summary(idOf(update))).toMatchObject({ kind: 'update', state: 'queued' });
    const refresh = await caller.call('POST', `${path}/refresh`);
    expect(refresh.status).toBe(200);
    expect(idOf(refresh)).toBe(idOf(update));
  });

  test('lasts as long as it is told to show a try', async () => {
    await caller.admin('PUT', '/institutions/AU90002', { tryTakesMs: 60_000 });
    const jobId = await parked('AU90002');
    caller.pass(2 * HOUR_MS + 59_999);
    expect(statuses(await caller.job(jobId))).toBe('in-progress pending pending');
    caller.pass(1);
    expect(statuses(await caller.job(jobId))).toBe('pending pending pending');
  });

  test('drops out of the list of jobs with the seventh day', async () => {
    const jobId = await parked('AU90002');
    const listed = () => caller.call('GET', `/users/${userId}/jobs`);
    caller.pass(168 * HOUR_MS - 1_001);
    expect((await listed()).body).toMatchObject({
      size: 1,
      data: [{ id: jobId, institution: { id: 'AU90002' } }],
    });
    caller.pass(1);
    expect((await listed()).body).toMatchObject({ size: 0, data: [] });
  });
});

test('a key on version 2.0 has no queue', async () => {
  const caller = await Caller.start({ tokenVersion: '2.0', stepMs: 0 });
  try {
    const userId = await caller.newUser();
    const job = await caller.job(idOf(await caller.connect(userId, 'AU90002')));
    expect(job.steps[0]).toMatchObject({ status: 'failed', result: { code: 'service-unavailable' } });
    const challenged = await caller.job(idOf(await caller.connect(userId, 'AU00002')));
    expect(statuses(challenged)).toBe('failed pending pending');
    expect(challenged.steps[0]?.result).toMatchObject({ code: 'invalid-credentials' });
  } finally {
    await caller.close();
  }
});

test('ten thousand parked jobs are each at their try a week later', () => {
  const store = new Store();
  const bank = new BankBook().find('AU90002')!;
  const settings: Settings = {
    queueScale: 1,
    stepMs: 1_000,
    stepResultForm: 'object',
    linkForm: 'absolute',
    tokenVersion: null,
    tokenLifeSeconds: 3_600,
  };
  for (let n = 0; n < 10_000; n += 1) {
    const login = { userId: 'one-user', institutionId: 'AU90002', loginId: `person-${n}` };
    expect(store.lastJob(login)).toBeUndefined();
    const connection: Connection = { id: `connection-${n}`, ...login, createdAtMs: 0, jobs: [] };
    store.addConnection(connection);
    store.addJob(
      connection,
      makeJob({ kind: 'create', connection, bank, person: null, apiVersion: '2.1', nowMs: 0 }, settings),
    );
  }
  const tries = store.jobsOf('one-user').map((job) => job.at(161 * HOUR_MS).queueTries);
  expect(tries).toHaveLength(10_000);
  expect(new Set(tries)).toEqual(new Set([80]));
});
