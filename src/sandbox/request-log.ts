import type { Scope } from './tokens';

/** One API request as it was received. Bodies, headers and query strings are never kept: secrets live there. */
export interface LoggedRequest {
  /** On the sandbox's clock. */
  at: string;
  method: string;
  /** Without the query. */
  path: string;
  /** For example `POST /users/:userId/connections`; null when there is no such route. */
  route: string | null;
  /** What was answered; null while nothing was, and for ever when the connection was reset. */
  status: number | null;
  /** The scope of the token it carried, or that it asked for; null without one. */
  scope: Scope | null;
  /** The kind of fault that was injected, or null. */
  fault: string | null;
  jobId?: string;
  connectionId?: string;
  institutionId?: string;
}

const MOST_KEPT = 100_000;

export class RequestLog {
  private entries: LoggedRequest[] = [];

  add(entry: LoggedRequest): void {
    // A development server may run for weeks: the oldest tenth makes room.
    if (this.entries.length >= MOST_KEPT) this.entries = this.entries.slice(MOST_KEPT / 10);
    this.entries.push(entry);
  }

  list(route: string | undefined): readonly LoggedRequest[] {
    return route === undefined ? this.entries : this.entries.filter((entry) => entry.route === route);
  }

  clear(): void {
    this.entries = [];
  }
}
