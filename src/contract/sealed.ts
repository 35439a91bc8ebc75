import { z } from 'zod';

/**
 * A secret that only a worker can read: a compact JWE (ECDH-ES+A256KW, A256GCM) made with the workers' public key.
 * Its protected header says what it is and whose (`SecretBinding`), so that it cannot be used for anything else.
 */
export const Sealed = z.strictObject({
  sealed: z
    .string({ error: 'must be a compact JWE (a string)' })
    .max(16_384, { error: 'must be a compact JWE of at most 16,384 characters' })
    .regex(/^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]*\.[\w-]+$/, {
      error: 'must be a compact JWE: five base64url parts joined by dots',
    }),
});
export type Sealed = z.output<typeof Sealed>;

/** Whom a secret belongs to: exactly what the attempt's operation names. */
export type AttemptSubject = { institutionId: string } | { connectionId: string } | { jobId: string };

/** What stands in a sealed secret's protected header; opening it for any other attempt fails. */
export interface SecretBinding {
  purpose: 'credentials' | 'mfa';
  userId: string;
  subject: AttemptSubject;
}
