import type { Client } from '@temporalio/client';
import { receivedRequests, requestsAbout } from './basiq-requests';
import type { Conducted } from './conduct-attempt';
import { looksWhileQueued } from './looks-while-queued';
import type { SummaryRow } from './summary-table';

export interface Summary {
  rows: SummaryRow[];
  /** received by Basiq, but of no one attempt: tokens, and what the institutions are called */
  sharedRequests: number;
}

/** What the attempts came to, counted where it happened: at the sandbox and in Temporal's history. */
export async function summarise(
  conducted: readonly Conducted[],
  temporal: Client,
  sandboxUrl: string,
): Promise<Summary> {
  const received = await receivedRequests(sandboxUrl);
  const rows = await Promise.all(
    conducted.map(async ({ attempt, end, userId, jobId, connectionId, workflowId }) => {
      const own = requestsAbout(received, [userId, jobId, connectionId]);
      const count = (route: string): number => own.filter((request) => request.route === route).length;
      const handle = temporal.workflow.getHandle(workflowId);
      return {
        attempt,
        end,
        requests: own.length,
        creates: count('POST /users/:userId/connections'),
        mfaPosts: count('POST /jobs/:jobId/mfa'),
        looks: await looksWhileQueued(handle),
        historyEvents: (await handle.describe()).historyLength,
      };
    }),
  );
  const owned = rows.reduce((sum, { requests }) => sum + requests, 0);
  return { rows, sharedRequests: received.length - owned };
}
