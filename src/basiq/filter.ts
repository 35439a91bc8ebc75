import { ownError } from './basiq-error';

/** `?filter=status.eq('active'),institution.id.eq('AU00000')` (Basiq 2.1 docs, Filtering), URL-encoded. */
export function filterQuery(route: string, conditions: Record<string, string | undefined>): string {
  const parts = Object.entries(conditions).flatMap(([field, value]) => {
    if (value === undefined) return [];
    // Basiq documents no escape for a quote
    if (!/^[\w-]+$/.test(value)) {
      throw ownError(
        { method: 'GET', route },
        'refused',
        'invalid-id',
        `${field} cannot be filtered by this value`,
      );
    }
    return [`${field}.eq('${value}')`];
  });
  return parts.length === 0 ? '' : `?filter=${encodeURIComponent(parts.join(','))}`;
}
