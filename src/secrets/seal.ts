import { CompactEncrypt } from 'jose';
import type { Sealed, SecretBinding } from '../contract/sealed';
import { importedKey } from './imported-key';
import { CONTENT_ALGORITHM, KEY_ALGORITHM, type PublicKeySet } from './key-set';

/** Sealed text shows the length of what is in it; in steps of so many bytes that says little of a password. */
const PADDED_TO_BYTES = 128;

/**
 * Seals a secret for the workers: its JSON, padded with white space, as a compact JWE whose protected header says what
 * it is and whose. `secret` is a credentials object or one MFA answer (a string).
 */
export async function seal(
  secret: object | string,
  binding: SecretBinding,
  publicKeys: PublicKeySet,
): Promise<Sealed> {
  const [key] = publicKeys.keys;
  if (key === undefined) throw new TypeError('publicKeys: must have at least one key');
  const json = new TextEncoder().encode(JSON.stringify(secret));
  const padded = new Uint8Array(Math.ceil(json.length / PADDED_TO_BYTES) * PADDED_TO_BYTES).fill(0x20);
  padded.set(json);
  const sealed = await new CompactEncrypt(padded)
    .setProtectedHeader({
      alg: KEY_ALGORITHM,
      enc: CONTENT_ALGORITHM,
      kid: key.kid,
      ...bindingClaims(binding),
    })
    .encrypt(await importedKey(key));
  return { sealed };
}

/** The binding as it stands in the protected header: purpose, userId, and the subject's one id. */
export function bindingClaims(binding: SecretBinding): Record<string, string> {
  return { purpose: binding.purpose, userId: binding.userId, ...binding.subject };
}
