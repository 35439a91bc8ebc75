import { z } from 'zod';

/**
 * An id of Basiq's: a user, institution, connection or job. Kept to characters that are safe in a URL path, in a
 * workflow id and in a visibility query, so that no id can change the meaning of any of them.
 */
export const BasiqId = z
  .string({ error: 'must be an id of Basiq (a string)' })
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, {
    error: 'must be an id of Basiq: 1 to 100 letters, digits, ".", "_" or "-"',
  });

/** The caller's own name for one of several connections of a person at one institution. */
export const Reference = z.string({ error: 'must be a string' }).regex(/^[A-Za-z0-9_-]{1,64}$/, {
  error: 'must be 1 to 64 letters, digits, "_" or "-"',
});
