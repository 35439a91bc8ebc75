import { compactDecrypt } from 'jose';
import type { Sealed, SecretBinding } from '../contract/sealed';
import { importedKey } from './imported-key';
import { CONTENT_ALGORITHM, KEY_ALGORITHM, type PrivateKeySet } from './key-set';
import { bindingClaims } from './seal';

/**
 * Thrown when a sealed secret cannot be opened: sealed with another key, garbled, or sealed for another attempt. The
 * message says which, and holds nothing of the secret.
 */
export class SealedSecretUnreadableError extends Error {
  override readonly name = 'SealedSecretUnreadableError';
}

/** Opens what `seal` made. Only an activity calls it, just before the call to Basiq that needs the secret. */
export async function open(
  sealed: Sealed,
  binding: SecretBinding,
  privateKeys: PrivateKeySet,
): Promise<unknown> {
  const { plaintext, protectedHeader } = await decrypt(sealed, privateKeys);
  for (const [claim, wanted] of Object.entries(bindingClaims(binding))) {
    if (protectedHeader[claim] !== wanted) {
      throw new SealedSecretUnreadableError(
        `sealed for another ${claim}: its protected header must say ${claim} "${wanted}"`,
      );
    }
  }
  try {
    const secret: unknown = JSON.parse(new TextDecoder().decode(plaintext));
    return secret;
  } catch {
    throw new SealedSecretUnreadableError('the sealed text is not JSON');
  }
}

async function decrypt(sealed: Sealed, privateKeys: PrivateKeySet) {
  try {
    return await compactDecrypt(
      sealed.sealed,
      async (header) => {
        const key = privateKeys.keys.find(({ kid }) => kid === header.kid);
        if (key === undefined) {
          throw new SealedSecretUnreadableError('sealed with a key that this worker does not have (kid)');
        }
        return importedKey(key);
      },
      { keyManagementAlgorithms: [KEY_ALGORITHM], contentEncryptionAlgorithms: [CONTENT_ALGORITHM] },
    );
  } catch (error) {
    if (error instanceof SealedSecretUnreadableError) throw error;
    // jose's own messages name header fields of the sender's making; ours is enough to act on.
    throw new SealedSecretUnreadableError('not a JWE that the worker can open, or changed on its way');
  }
}
