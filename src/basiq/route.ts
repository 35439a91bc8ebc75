import { ownError } from './basiq-error';

/**
 * The path of a route: `/users/{userId}/jobs` and `{userId: 'u 1'}` give `/users/u%201/jobs`.
 *
 * @throws BasiqError `invalid-id` for an id that cannot be one segment of a path, such as `..`
 */
export function pathOfRoute(method: string, route: string, ids: Record<string, string>): string {
  return route.replace(/\{(\w+)\}/g, (_, name: string) => {
    const segment = encodedSegment(ids[name] ?? '');
    if (segment === null) {
      // without the id: it may be anything, even a secret put into the wrong field
      throw ownError({ method, route }, 'refused', 'invalid-id', `${name} is not an id`);
    }
    return segment;
  });
}

function encodedSegment(id: string): string | null {
  if (id === '' || id === '.' || id === '..') return null;
  try {
    return encodeURIComponent(id);
  } catch {
    return null; // half of a surrogate pair
  }
}
