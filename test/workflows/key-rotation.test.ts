import { seal, type PublicKeySet } from '../../src/client';
import { PublicKeySet as PublicKeys, rotated, type PrivateKeySet } from '../../src/secrets/key-set';
import { create, PEOPLE, TimeSkippingWorld } from './time-skipping-world';

let world: TimeSkippingWorld;
let before: PrivateKeySet;
beforeAll(async () => {
  world = await TimeSkippingWorld.start();
  if (world.settings.privateKeys === null) throw new Error('the worker has no keys');
  before = world.settings.privateKeys;
}, 120_000);
afterEach(async () => {
  world.settings.privateKeys = before;
  await world.tidy();
});
afterAll(() => world.stop());

/** Links a bank that is down, changes the workers' keys meanwhile, and answers the challenge that comes after it. */
async function answerAfterRotation(answerWith: (after: PrivateKeySet) => PublicKeySet) {
  const userId = await world.newUser();
  const workflowId = await world.start(create(userId, 'AU90003', PEOPLE.jared));
  await world.until(workflowId, ({ phase }) => phase === 'queued');
  const { privateKeys } = await rotated(before);
  world.settings.privateKeys = privateKeys;

  const end = world.client.result(workflowId).catch(() => null);
  const { challengeId } = await world.asked(workflowId);
  const binding = { purpose: 'mfa', userId, subject: { institutionId: 'AU90003' } } as const;
  const response = [await seal('1234', binding, answerWith(privateKeys))];
  const verdict = await world.env.client.workflow
    .getHandle(workflowId)
    .executeUpdate<unknown, [object]>('submitMfaAnswer', { args: [{ response, challengeId }] });
  return { verdict, end };
}

const publicPart = ({ keys }: PrivateKeySet) => PublicKeys.parse({ keys: keys.slice(0, 1) });

describe('keys that are rotated while an attempt is queued', () => {
  test('a back-end that has the new key is understood', async () => {
    const { verdict, end } = await answerAfterRotation(publicPart);
    expect(verdict).toMatchObject({ outcome: 'accepted' });
    expect(await end).toMatchObject({ connectionId: expect.any(String) as string });
  });

  test('a back-end that still has the old one is understood too', async () => {
    const { verdict, end } = await answerAfterRotation(() => publicPart(before));
    expect(verdict).toMatchObject({ outcome: 'accepted' });
    expect(await end).toMatchObject({ connectionId: expect.any(String) as string });
  });

  test('one with a key that the workers no longer have is told so, and the challenge waits on', async () => {
    const { privateKeys: foreign } = await rotated(before);
    const { verdict } = await answerAfterRotation(() => publicPart(foreign));
    expect(verdict).toMatchObject({ outcome: 'not-sent', message: expect.stringContaining('kid') as string });
  });
});

test('the public set that is rotated to holds the new key alone, and nothing private', async () => {
  const { privateKeys, publicKeys } = await rotated(before);
  expect(privateKeys.keys.map(({ kid }) => kid).slice(1)).toEqual(before.keys.map(({ kid }) => kid));
  expect(publicKeys.keys.map(({ kid }) => kid)).toEqual([privateKeys.keys[0]?.kid]);
  expect(JSON.stringify(publicKeys)).not.toContain('"d"');
});
