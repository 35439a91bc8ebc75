import { z } from 'zod';

/**
 * Readers for values whose exact form Basiq does not promise. They never fail: what cannot be read is null.
 * Texts are cut, because what they end up in (Temporal's history) has small limits.
 */

/** Text, or a number as text. Empty text is null. */
export function looseText(maxLength: number) {
  return z
    .unknown()
    .optional()
    .transform((value): string | null => {
      if (typeof value === 'number') return String(value);
      return typeof value === 'string' && value !== '' ? value.slice(0, maxLength) : null;
    });
}

/** A number, or text that holds one. */
export const looseNumber = z
  .unknown()
  .optional()
  .transform((value): number | null => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number) ? number : null;
  });

/** Basiq sends times with and without milliseconds. Out comes ISO 8601 in UTC with milliseconds. */
export const looseTime = looseText(64).transform((value): string | null => {
  if (value === null) return null;
  // a time without a zone would be read as local time of this machine; Basiq's are UTC
  const zoned = /([zZ]|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`;
  const epochMs = Date.parse(zoned);
  return Number.isNaN(epochMs) ? null : new Date(epochMs).toISOString();
});

const embedded = z.object({
  id: looseText(200),
  links: z.object({ self: looseText(2000) }).catch({ self: null }),
});

/** The id of an embedded `{type, id, links: {self}}`, which may be a bare id, null or missing. */
export const embeddedId = z
  .unknown()
  .optional()
  .transform((value): string | null => {
    if (typeof value === 'string') return value === '' ? null : value;
    const read = embedded.safeParse(value);
    return read.success ? (read.data.id ?? lastSegment(read.data.links.self)) : null;
  });

/** `job-1` of `https://au-api.basiq.io/jobs/job-1?x=y`. */
export function lastSegment(link: string | null): string | null {
  return /([^/?#]+)\/*(?:[?#].*)?$/.exec(link ?? '')?.[1] ?? null;
}
