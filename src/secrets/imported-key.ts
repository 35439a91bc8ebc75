import { importJWK } from 'jose';
import { KEY_ALGORITHM, type PrivateKey, type PublicKeySet } from './key-set';

type Imported = ReturnType<typeof importJWK>;

const imported = new WeakMap<object, Imported>();

/** The key as the crypto library wants it, made once: that takes as long as a seal or an opening itself. */
export function importedKey(key: PublicKeySet['keys'][number] | PrivateKey): Imported {
  const known = imported.get(key);
  if (known !== undefined) return known;
  const fresh = importJWK(key, KEY_ALGORITHM);
  imported.set(key, fresh);
  return fresh;
}
