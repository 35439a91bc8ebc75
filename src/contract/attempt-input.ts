import { z } from 'zod';
import { AttemptPolicy } from './attempt-policy';
import { CredentialsForCreate, CredentialsForUpdate } from './credentials';
import { BasiqId, Reference } from './identifiers';
import type { AttemptSubject } from './sealed';

/** POST /users/{u}/connections: link a bank. */
const Create = z.strictObject({
  kind: z.literal('create'),
  institutionId: BasiqId,
  credentials: CredentialsForCreate,
  /** Tells several connections of one person at one institution apart. */
  reference: Reference.optional(),
  /** Link once more although the person already has an active connection at this institution. */
  additional: z.boolean({ error: 'must be true or false' }).default(false),
});

/** POST /users/{u}/connections/{c}: new credentials for a connection. */
const Update = z.strictObject({
  kind: z.literal('update'),
  connectionId: BasiqId,
  credentials: CredentialsForUpdate,
});

/** POST /users/{u}/connections/{c}/refresh: new data by the credentials that Basiq has. */
const Refresh = z.strictObject({ kind: z.literal('refresh'), connectionId: BasiqId });

/** No POST: watch a job that something else began (Basiq's consent page, another system). */
const Adopt = z.strictObject({ kind: z.literal('adopt'), jobId: BasiqId });

export const Operation = z.discriminatedUnion('kind', [Create, Update, Refresh, Adopt], {
  error: 'must be an object whose kind is "create", "update", "refresh" or "adopt"',
});
export type Operation = z.output<typeof Operation>;
export type OperationKind = Operation['kind'];

/** The one argument of the workflow `connectionAttempt`. */
export const AttemptInput = z.strictObject(
  {
    userId: BasiqId,
    operation: Operation,
    policy: AttemptPolicy.prefault({}),
  },
  { error: 'must be an object {"userId", "operation", "policy"?}' },
);
/** As a back-end sends it: what has a default may be left out. */
export type AttemptInput = z.input<typeof AttemptInput>;
/** As the workflow reads it. */
export type Attempt = z.output<typeof AttemptInput>;

/** What a secret of this attempt must be bound to. */
export function subjectOf(operation: Operation): AttemptSubject {
  switch (operation.kind) {
    case 'create':
      return { institutionId: operation.institutionId };
    case 'update':
    case 'refresh':
      return { connectionId: operation.connectionId };
    case 'adopt':
      return { jobId: operation.jobId };
  }
}
