import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { WORKFLOW_TYPE } from '../contract/names';
import type { AttemptHistory } from './stored-histories';

export interface ServerHistoriesOptions {
  temporal: Client;
  /** Which attempts, in the words of Temporal's list filters. */
  query: string;
  /** At most so many of them, the newest first; null: all. */
  limit: number | null;
}

/** Fetching waits for the server, replaying for this machine. A few are enough, and few are in memory. */
const READ_AHEAD = 8;
const LIST_PAGE = 200;

/** The histories of the attempts on a server, which go on meanwhile: some end, some are deleted. */
export class ServerHistories implements AsyncIterable<AttemptHistory> {
  /** were deleted between list and read */
  gone = 0;
  /** no worker has taken them yet, so there is nothing to replay: any code can begin them */
  notBegun = 0;

  constructor(private readonly options: ServerHistoriesOptions) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<AttemptHistory> {
    const reading: Promise<AttemptHistory | null>[] = [];
    for await (const { workflowId, runId } of this.listed()) {
      const read = this.read(workflowId, runId);
      // It is awaited in its turn; until then a failure must not count as unhandled.
      read.catch(() => undefined);
      reading.push(read);
      if (reading.length >= READ_AHEAD) yield* present(await reading.shift());
    }
    for (const read of reading) yield* present(await read);
  }

  private async *listed(): AsyncGenerator<{ workflowId: string; runId: string }> {
    const { temporal: client, query, limit } = this.options;
    if (limit === 0) return;
    const list = client.workflow.list({
      query: `WorkflowType = "${WORKFLOW_TYPE}" AND (${query})`,
      pageSize: Math.min(limit ?? LIST_PAGE, LIST_PAGE),
    });
    let listed = 0;
    for await (const { workflowId, runId } of list) {
      yield { workflowId, runId };
      listed += 1;
      if (listed === limit) return;
    }
  }

  private async read(workflowId: string, runId: string): Promise<AttemptHistory | null> {
    try {
      const fetched = await this.options.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
      const history = temporal.api.history.v1.History.create(fetched);
      // A replay of a history without a workflow task would wait for one for ever.
      if (history.events.some(({ workflowTaskCompletedEventAttributes: done }) => done != null)) {
        return { workflowId, history };
      }
      this.notBegun += 1;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      this.gone += 1;
    }
    return null;
  }
}

function* present(history: AttemptHistory | null | undefined): Generator<AttemptHistory> {
  if (history != null) yield history;
}
