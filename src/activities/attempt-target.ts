/** What an attempt works on: its operation without the credentials, so that no activity is handed more than it needs. */
export type AttemptTarget =
  | { kind: 'create'; institutionId: string; additional: boolean }
  | { kind: 'update' | 'refresh'; connectionId: string }
  | { kind: 'adopt'; jobId: string };
