import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';

/** The one way secrets are sealed: ECDH over P-256, which every JOSE library has. */
export const KEY_ALGORITHM = 'ECDH-ES+A256KW';
export const CONTENT_ALGORITHM = 'A256GCM';

const base64url = z.string().regex(/^[\w-]+$/, { error: 'must be base64url' });

// Strict about what it keeps: a private key that is read as a public one loses its private part.
const PublicKey = z.object({
  kty: z.literal('EC', { error: 'must be "EC"' }),
  crv: z.literal('P-256', { error: 'must be "P-256"' }),
  kid: z.string({ error: 'must be a string' }).min(1, { error: 'must not be empty' }),
  x: base64url,
  y: base64url,
  alg: z.string().exactOptional(),
  use: z.string().exactOptional(),
  createdAt: z.string().exactOptional(),
});
const PrivateKey = PublicKey.extend({ d: base64url });
export type PrivateKey = z.output<typeof PrivateKey>;

const keySet = <T extends z.ZodType>(key: T) =>
  z.object(
    {
      keys: z
        .array(key, { error: 'must be an array of JWKs' })
        .min(1, { error: 'must have at least one key' }),
    },
    { error: 'must be a JWK set: {"keys": [...]}' },
  );

/** What back-ends seal with: the first key is the present one. Nothing in it is secret. */
export const PublicKeySet = keySet(PublicKey);
export type PublicKeySet = z.output<typeof PublicKeySet>;

/** What workers open with: any of the keys, found by its `kid`. The first is the newest. */
export const PrivateKeySet = keySet(PrivateKey);
export type PrivateKeySet = z.output<typeof PrivateKeySet>;

export interface KeyPair {
  privateKeys: PrivateKeySet;
  publicKeys: PublicKeySet;
}

/** A new pair. */
export async function newKeyPair(): Promise<KeyPair> {
  return pairOf({ keys: [await newKey()] });
}

/**
 * The pair with a new key before the old ones. Workers keep the old keys, since sealed credentials may wait in Temporal
 * for as long as an attempt does; back-ends are given the new one alone.
 */
export async function rotated(privateKeys: PrivateKeySet): Promise<KeyPair> {
  return pairOf({ keys: [await newKey(), ...privateKeys.keys] });
}

function pairOf(privateKeys: PrivateKeySet): KeyPair {
  const publicKeys = privateKeys.keys.slice(0, 1).map((key) => PublicKey.parse(key));
  return { privateKeys, publicKeys: { keys: publicKeys } };
}

/** The kid is the key's own RFC 7638 thumbprint. */
async function newKey(): Promise<PrivateKey> {
  const { privateKey } = await generateKeyPair(KEY_ALGORITHM, { crv: 'P-256', extractable: true });
  const jwk = await exportJWK(privateKey);
  return PrivateKey.parse({
    ...jwk,
    kid: await calculateJwkThumbprint(jwk),
    alg: KEY_ALGORITHM,
    use: 'enc',
    createdAt: new Date().toISOString(),
  });
}
