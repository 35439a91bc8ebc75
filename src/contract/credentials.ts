import { z } from 'zod';
import { Sealed } from './sealed';

const secretText = z
  .string({ error: 'must be a string' })
  .min(1, { error: 'must not be empty' })
  .max(1_000, { error: 'must have at most 1,000 characters' });

/** What a bank's login form asks for, or a token where the bank's `authorization` is `user-token`. */
export const NewCredentials = z.union(
  [
    z.strictObject({
      loginId: secretText,
      password: secretText,
      securityCode: secretText.exactOptional(),
      secondaryLoginId: secretText.exactOptional(),
    }),
    z.strictObject({ userToken: secretText }),
  ],
  { error: 'must have loginId and password (securityCode, secondaryLoginId), or userToken alone' },
);
export type NewCredentials = z.output<typeof NewCredentials>;

/** Basiq never changes the loginId of a connection, so an update has none. */
export const UpdatedCredentials = z.strictObject(
  {
    password: secretText,
    securityCode: secretText.exactOptional(),
    secondaryLoginId: secretText.exactOptional(),
  },
  { error: 'must have password (securityCode, secondaryLoginId); loginId cannot be changed' },
);
export type UpdatedCredentials = z.output<typeof UpdatedCredentials>;

/**
 * Credentials as an attempt's input carries them. Plain ones are recorded by Temporal before any of our code sees
 * them, so workers refuse them unless they are configured for a sandbox (`ALLOW_PLAIN_SECRETS`).
 */
export const CredentialsForCreate = z.union([Sealed, NewCredentials], {
  error: 'must be {"sealed": "<compact JWE>"}, or plain credentials where the worker allows them',
});
export const CredentialsForUpdate = z.union([Sealed, UpdatedCredentials], {
  error: 'must be {"sealed": "<compact JWE>"}, or plain credentials where the worker allows them',
});

export function isSealed(value: object): value is Sealed {
  return 'sealed' in value;
}
