import { compactDecrypt, decodeProtectedHeader, importJWK } from 'jose';
import { Sealed, type SecretBinding } from '../../src/contract/sealed';
import { newKeyPair, PrivateKeySet, PublicKeySet, rotated, type KeyPair } from '../../src/secrets/key-set';
import { open } from '../../src/secrets/open';
import { seal } from '../../src/secrets/seal';

const binding: SecretBinding = {
  purpose: 'credentials',
  userId: 'user-1',
  subject: { institutionId: 'AU00000' },
};
const secret = { loginId: 'Gilfoyle', password: 'correct-horse' };

let pair: KeyPair;
beforeAll(async () => (pair = await newKeyPair()));

async function whyUnreadable(
  sealed: Sealed,
  wanted: SecretBinding,
  keys = pair.privateKeys,
): Promise<string> {
  const error: unknown = await open(sealed, wanted, keys).then(
    () => new Error('it was opened'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error('not an error');
  expect(error.name).toBe('SealedSecretUnreadableError');
  // Nothing that could hold the secret or the sender's header travels with it.
  expect(error.cause).toBeUndefined();
  expect(error.message).not.toContain('correct-horse');
  return error.message;
}

test.each([secret, 'an MFA answer', 'Zoë’s naïve answer 🙂', ''])(
  '%j comes out as it went in',
  async (given) => {
    const sealed = await seal(given, binding, pair.publicKeys);
    expect(await open(sealed, binding, pair.privateKeys)).toEqual(given);
    expect(Sealed.parse(sealed)).toEqual(sealed);
    expect(sealed.sealed).not.toContain('correct-horse');
  },
);

test('any JOSE library can read what is sealed, and sees what it is and whose', async () => {
  const { sealed } = await seal(secret, binding, pair.publicKeys);
  const key = pair.privateKeys.keys[0]!;
  expect(decodeProtectedHeader(sealed)).toEqual(
    expect.objectContaining({
      alg: 'ECDH-ES+A256KW',
      enc: 'A256GCM',
      kid: key.kid,
      purpose: 'credentials',
      userId: 'user-1',
      institutionId: 'AU00000',
    }),
  );
  const { plaintext } = await compactDecrypt(sealed, await importJWK(key, 'ECDH-ES+A256KW'));
  expect(JSON.parse(new TextDecoder().decode(plaintext))).toEqual(secret);
});

test('the same secret never looks the same', async () => {
  const [one, two] = await Promise.all([1, 2].map(() => seal(secret, binding, pair.publicKeys)));
  expect(one).not.toEqual(two);
});

test('its length says nothing of a password’s length', async () => {
  const lengths = await Promise.all(
    ['a', 'a'.repeat(20), 'a'.repeat(80)].map(
      async (password) => (await seal({ loginId: 'b', password }, binding, pair.publicKeys)).sealed.length,
    ),
  );
  expect(new Set(lengths).size).toBe(1);
});

test.each<[string, SecretBinding, RegExp]>([
  ['another user', { ...binding, userId: 'user-2' }, /userId/],
  ['another institution', { ...binding, subject: { institutionId: 'AU00002' } }, /institutionId/],
  ['a connection', { ...binding, subject: { connectionId: 'AU00000' } }, /connectionId/],
  ['a job', { ...binding, subject: { jobId: 'AU00000' } }, /jobId/],
  ['an MFA answer', { ...binding, purpose: 'mfa' }, /purpose/],
])('what is sealed for one attempt is not opened for %s', async (_, wanted, says) => {
  expect(await whyUnreadable(await seal(secret, binding, pair.publicKeys), wanted)).toMatch(says);
});

test('what is sealed with another key is not opened', async () => {
  const other = await newKeyPair();
  const sealed = await seal(secret, binding, other.publicKeys);
  expect(await whyUnreadable(sealed, binding)).toMatch(/kid/);
  // Nor is it under the kid of ours.
  const kid = pair.privateKeys.keys[0]!.kid;
  const mislabelled = { keys: other.publicKeys.keys.map((key) => ({ ...key, kid })) };
  await whyUnreadable(await seal(secret, binding, mislabelled), binding);
});

test('what was changed on its way is not opened, whichever part was', async () => {
  const { sealed } = await seal(secret, binding, pair.publicKeys);
  const parts = sealed.split('.');
  for (const index of parts.keys()) {
    const part = parts[index] ?? '';
    const middle = Math.floor(part.length / 2);
    const changed = part.slice(0, middle) + (part[middle] === 'A' ? 'B' : 'A') + part.slice(middle + 1);
    await whyUnreadable({ sealed: parts.with(index, changed).join('.') }, binding);
  }
  const header = JSON.stringify({ ...decodeProtectedHeader(sealed), userId: 'user-2' });
  const forged = parts.with(0, Buffer.from(header).toString('base64url')).join('.');
  await whyUnreadable({ sealed: forged }, { ...binding, userId: 'user-2' });
});

test.each(['a.b.c.d.e', 'eyJhbGciOiJub25lIn0....', '', '....'])(
  'garbage (%j) is not opened',
  async (sealed) => {
    await whyUnreadable({ sealed }, binding);
  },
);

describe('keys', () => {
  test('the public set holds no private part, and each has its own kid', async () => {
    const other = await newKeyPair();
    expect(JSON.stringify(pair.publicKeys)).not.toContain('"d"');
    expect(pair.publicKeys.keys[0]!.kid).not.toBe(other.publicKeys.keys[0]!.kid);
    expect(PublicKeySet.parse(pair.publicKeys)).toEqual(pair.publicKeys);
    expect(PrivateKeySet.parse(pair.privateKeys)).toEqual(pair.privateKeys);
  });

  test('a private set that is taken for a public one gives its private part to nobody', () => {
    const taken = PublicKeySet.safeParse(pair.privateKeys);
    expect(JSON.stringify(taken.data ?? null)).not.toContain(pair.privateKeys.keys[0]!.d);
  });

  test('after a rotation the new key seals, and what the old one sealed can still be opened', async () => {
    const before = await seal(secret, binding, pair.publicKeys);
    const next = await rotated(pair.privateKeys);
    const after = await seal(secret, binding, next.publicKeys);
    expect(next.publicKeys.keys).toHaveLength(1);
    expect(decodeProtectedHeader(after.sealed).kid).not.toBe(pair.publicKeys.keys[0]!.kid);
    expect(await open(before, binding, next.privateKeys)).toEqual(secret);
    expect(await open(after, binding, next.privateKeys)).toEqual(secret);
    await whyUnreadable(after, binding, pair.privateKeys);
  });

  test('nothing can be sealed with no key', async () => {
    await expect(seal(secret, binding, { keys: [] })).rejects.toThrow(/at least one key/);
  });

  test.each([
    [{}, /keys/],
    [{ keys: [] }, /at least one/],
    [{ keys: [{ kty: 'RSA', kid: 'a', n: 'x', e: 'y' }] }, /kty/],
    [{ keys: [{ kty: 'EC', crv: 'P-256', x: 'a', y: 'b', d: 'c' }] }, /kid/],
    [{ keys: [{ kty: 'EC', crv: 'P-256', kid: 'a', x: 'a', y: 'b' }] }, /d/],
  ])('%j is no private set', (set, says) => {
    const parsed = PrivateKeySet.safeParse(set);
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error?.issues)).toMatch(says);
  });
});
