import { create, PEOPLE, TimeSkippingWorld } from './time-skipping-world';

let world: TimeSkippingWorld;
beforeAll(async () => (world = await TimeSkippingWorld.start()), 120_000);
afterEach(() => world.tidy());
afterAll(() => world.stop());

async function parked(who: { loginId: string; password: string } = PEOPLE.gilfoyle) {
  const userId = await world.newUser();
  const workflowId = await world.start(create(userId, 'AU90002', who));
  await world.until(
    workflowId,
    ({ phase, looks }) => phase === 'queued' && typeof looks?.lastResult === 'string',
  );
  const { jobId } = await world.jobOf(userId);
  const looks = () => world.admin.count('GET', `/jobs/${jobId}`);
  const looksToBe = async (wanted: number) => {
    for (let made = await looks(); made !== wanted; made = await looks()) {
      if (made > wanted) throw new Error(`${made} looks, not ${wanted}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { userId, workflowId, jobId, looks, looksToBe };
}

/** Whatever was signalled before has been handled: a query is answered after it. */
const handled = (workflowId: string) => world.client.status(workflowId);

test('brings the news at once, with one look', async () => {
  const { workflowId, looks, looksToBe } = await parked();
  const before = await looks();
  await world.bank('AU90002', { status: 'operational' });
  // Basiq makes its next try in two hours, so its clock must be there; ours is not.
  await world.admin.advanceClock(2 * 3_600_000 + 1_000);
  await world.client.checkNow(workflowId);
  await looksToBe(before + 1);
  await world.client.result(workflowId);
  expect(await looks()).toBe(before + 1);
});

test('without news the parked watch keeps its count and its time', async () => {
  const { workflowId, looks, looksToBe } = await parked();
  const before = await looks();
  const { looks: parkedBefore } = await world.client.status(workflowId);
  await world.client.checkNow(workflowId);
  await looksToBe(before + 1);
  expect(await world.client.status(workflowId)).toMatchObject({ phase: 'queued', looks: parkedBefore });
});

test('makes at most one look a minute, however often it is asked', async () => {
  const { workflowId, looks, looksToBe } = await parked();
  const before = await looks();
  await world.client.checkNow(workflowId);
  await looksToBe(before + 1);
  for (let asked = 0; asked < 5; asked++) await world.client.checkNow(workflowId);
  await handled(workflowId);
  await world.env.sleep(61_000);
  // The five that came within the minute are not made up for later.
  expect(await looks()).toBe(before + 1);
  await world.client.checkNow(workflowId);
  await looksToBe(before + 2);
});

test('does nothing to an attempt that is not queued', async () => {
  const userId = await world.newUser();
  const workflowId = await world.start(create(userId, 'AU00002', PEOPLE.jared));
  await world.asked(workflowId);
  await world.client.checkNow(workflowId);
  await handled(workflowId);
  await world.client.submitMfaAnswer(workflowId, { response: ['1234'] });
  await world.client.result(workflowId);
  await expect(world.client.checkNow(workflowId)).rejects.toMatchObject({ name: 'AttemptNotFoundError' });
});

test('a Basiq that does not answer it is no end of the attempt', async () => {
  await world.bank('AU90002', { recoversAfterTries: 1 });
  const { workflowId, looks, looksToBe } = await parked();
  const before = await looks();
  await world.admin.fault({ route: 'GET /jobs/:jobId', fault: { kind: 'status', status: 500 } });
  await world.client.checkNow(workflowId);
  await looksToBe(before + 1);
  await world.client.result(workflowId);
});

test('then asks for the MFA answer that the bank wants', async () => {
  const userId = await world.newUser();
  const workflowId = await world.start(create(userId, 'AU90003', PEOPLE.jared));
  await world.until(
    workflowId,
    ({ phase, looks }) => phase === 'queued' && typeof looks?.lastResult === 'string',
  );
  await world.admin.advanceClock(2 * 3_600_000 + 1_000);
  await world.client.checkNow(workflowId);
  await world.asked(workflowId);
  await world.client.submitMfaAnswer(workflowId, { response: ['1234'] });
  await world.client.result(workflowId);
});
