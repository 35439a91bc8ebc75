import { create, PEOPLE, TimeSkippingWorld } from './time-skipping-world';

let world: TimeSkippingWorld;
beforeAll(async () => {
  world = await TimeSkippingWorld.start();
}, 120_000);
afterAll(() => world.stop());

test('plain success', async () => {
  const userId = await world.newUser();
  const { workflowId } = await world.client.start(create(userId, 'AU00000'));
  const result = await world.client.result(workflowId);
  console.log(JSON.stringify(result), JSON.stringify(await world.client.status(workflowId), null, 1));
});

test('mfa', async () => {
  const userId = await world.newUser();
  const { workflowId } = await world.client.start(create(userId, 'AU00002', PEOPLE.jared));
  const asked = await world.until(workflowId, ({ phase }) => phase === 'awaiting-mfa');
  console.log(asked.challenge);
  console.log(await world.client.submitMfaAnswer(workflowId, { response: ['1234'] }));
  console.log(JSON.stringify(await world.client.result(workflowId)));
});

test('expires', async () => {
  const userId = await world.newUser();
  const { workflowId } = await world.client.start(create(userId, 'AU90002'));
  await expect(world.client.result(workflowId)).rejects.toMatchObject({ code: 'temporary-unavailable' });
  console.log(JSON.stringify(await world.client.status(workflowId), null, 1));
  console.log((await world.admin.requests('GET /jobs/:jobId')).length, await world.admin.jobsOf(userId));
  const h = await world.env.client.workflow.getHandle(workflowId).fetchHistory();
  console.log(h.events?.length);
});
