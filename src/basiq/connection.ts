import { z } from 'zod';
import { embeddedId, looseText, looseTime } from './wire-values';

/** A connection as a back-end may see it; the person's profile and accounts, which Basiq adds, are left out. */
export const connectionSchema = z
  .object({
    id: z.string().min(1),
    status: looseText(100),
    institution: embeddedId,
    createdDate: looseTime,
    lastUsed: looseTime,
    mfaEnabled: z.boolean().nullable().catch(null),
  })
  .transform(({ institution, ...connection }) => ({ ...connection, institutionId: institution }));

/**
 * `status`: `pending` until the credentials are verified, then `active` (while later steps still run) or `invalid`;
 * others exist. `status`, `createdDate` and `lastUsed` are null where Basiq leaves them out; `mfaEnabled` comes in
 * lists only.
 */
export type Connection = z.output<typeof connectionSchema>;
