import { z } from 'zod';
import { looseNumber, looseText } from './wire-values';

/** `user`, `user-mfa`, ... as text, or connectors' `{type, meta}`. */
const authorization = z.union([
  z.string(),
  z.object({ type: z.string() }).transform(({ type }) => type),
  z.unknown().transform(() => null),
]);

const averageTotal = z
  .object({ averageDurationMs: z.object({ total: looseNumber }) })
  .transform(({ averageDurationMs }) => averageDurationMs.total)
  .nullable()
  .catch(null);

export const institutionSchema = z
  .object({
    id: z.string().min(1),
    name: looseText(300),
    shortName: looseText(300),
    institutionType: looseText(100),
    country: looseText(100),
    serviceName: looseText(300),
    serviceType: looseText(100),
    authorization: authorization.optional().transform((value) => value ?? null),
    stage: looseText(100),
    status: looseText(100),
    tier: looseText(100),
    loginIdCaption: looseText(300),
    passwordCaption: looseText(300),
    secondaryLoginIdCaption: looseText(300),
    securityCodeCaption: looseText(300),
    stats: averageTotal,
  })
  .transform(({ stats, ...institution }) => ({ ...institution, averageTotalMs: stats }));

/**
 * `status`: operational, degraded-performance, partial-outage, major-outage, under-maintenance and others. A caption
 * that is not null names a field that the bank needs. Whether MFA will be asked for cannot be told from `features`,
 * so those are not here.
 */
export type Institution = z.output<typeof institutionSchema>;
