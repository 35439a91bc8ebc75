import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';

/** The one way secrets are sealed: ECDH over P-256, which every JOSE library has. */
export const KEY_ALGORITHM = 'ECDH-ES+A256KW';
export const CONTENT_ALGORITHM = 'A256GCM';

const base64url = z.string().regex(/^[\w-]+$/, { error: 'must be base64url' });

const PublicKey = z.object({
  kty: z.literal('EC', { error: 'must be "EC"' }),
  crv: z.literal('P-256', { error: 'must be "P-256"' }),
  kid: z.string({ error: 'must be a string' }).min(1, { error: 'must not be empty' }),
  x: base64url,
  y: base64url,
});
const PrivateKey = PublicKey.extend({ d: base64url });

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

/** What workers open with: any of the keys, found by its `kid`. */
export const PrivateKeySet = keySet(PrivateKey);
export type PrivateKeySet = z.output<typeof PrivateKeySet>;

export interface KeyPair {
  privateKeys: PrivateKeySet;
  publicKeys: PublicKeySet;
}

/** A new pair; the kid is the key's own RFC 7638 thumbprint. */
export async function newKeyPair(): Promise<KeyPair> {
  const { privateKey } = await generateKeyPair(KEY_ALGORITHM, { crv: 'P-256', extractable: true });
  const jwk = await exportJWK(privateKey);
  const key = PrivateKey.parse({ ...jwk, kid: await calculateJwkThumbprint(jwk) });
  const marks = { alg: KEY_ALGORITHM, use: 'enc' };
  return {
    privateKeys: { keys: [{ ...key, ...marks }] },
    publicKeys: { keys: [{ ...PublicKey.parse(key), ...marks }] },
  };
}
