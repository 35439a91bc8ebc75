/**
 * Basiq's links are absolute in recorded answers, relative in its examples, and step urls are always relative.
 * Out comes the path (with query) below the API's base address, or null for a link that leaves Basiq's host:
 * such a link is never followed and never believed. Only the path is taken, so no link can change the scheme,
 * the host or the user that we talk to.
 */
export function pathOfLink(link: string | null, apiUrl: string): string | null {
  if (link === null || link === '') return null;
  const base = new URL(apiUrl);
  const target = parseUrl(link, base);
  if (target?.host !== base.host || !/^https?:$/.test(target.protocol)) return null;
  const prefix = base.pathname.replace(/\/+$/, '');
  const path = target.pathname;
  const below = path === prefix || path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
  return below + target.search;
}

/** The connection's id in `/users/{userId}/connections/{connectionId}`, null for a link to anything else. */
export function connectionIdOfLink(link: string | null, apiUrl: string): string | null {
  const path = pathOfLink(link, apiUrl);
  const id = /\/connections\/([^/?]+)\/?(?:\?|$)/.exec(path ?? '')?.[1];
  return id === undefined ? null : decoded(id);
}

/** The whole address of a path below the API's base address, which may have a path of its own. */
export function urlOfPath(path: string, apiUrl: string): URL {
  const base = new URL(apiUrl);
  return new URL(base.pathname.replace(/\/+$/, '') + path, base.origin);
}

function parseUrl(link: string, base: URL): URL | null {
  try {
    return new URL(link, base);
  } catch {
    return null;
  }
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
