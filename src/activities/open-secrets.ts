import type { z } from 'zod';
import { inputProblems } from '../contract/input-problems';
import { isSealed } from '../contract/credentials';
import { withoutNulls } from '../contract/without-nulls';
import type { Sealed, SecretBinding } from '../contract/sealed';
import { open, SealedSecretUnreadableError } from '../secrets/open';
import type { ActivitySettings } from './activity-settings';
import type { Refusal } from './basiq-refusal';

export type Opened<T> = { opened: true; secret: T } | { opened: false; refusal: Refusal };

/** The secret in the shape that `schema` wants, or why it cannot be used; the reason holds nothing of it. */
export async function openSecret<T>(
  settings: Pick<ActivitySettings, 'privateKeys' | 'allowPlainSecrets'>,
  given: Sealed | object | string,
  binding: SecretBinding,
  schema: z.ZodType<T>,
): Promise<Opened<T>> {
  if (typeof given === 'string' || !isSealed(given)) {
    return settings.allowPlainSecrets
      ? inShape(given, schema)
      : refused('plain-secret-refused', 'Sent in plain text, which this worker does not take');
  }
  if (settings.privateKeys === null) {
    return refused('sealed-secret-unreadable', 'This worker has no private keys (SECRETS_PRIVATE_KEYS_FILE)');
  }
  try {
    return inShape(await open(given, binding, settings.privateKeys), schema);
  } catch (error) {
    if (error instanceof SealedSecretUnreadableError)
      return refused('sealed-secret-unreadable', error.message);
    throw error;
  }
}

function inShape<T>(secret: unknown, schema: z.ZodType<T>): Opened<T> {
  const parsed = schema.safeParse(withoutNulls(secret));
  if (parsed.success) return { opened: true, secret: parsed.data };
  return refused('sealed-secret-unreadable', `It has not the right form: ${inputProblems(parsed.error)}`);
}

function refused(code: string, detail: string): Opened<never> {
  return {
    opened: false,
    refusal: { code, title: 'The secret cannot be used', detail, correlationId: null },
  };
}
