import {
  workflowInfo,
  type ActivateInput,
  type Next,
  type WorkflowInterceptors,
  type WorkflowInternalsInterceptor,
} from '@temporalio/workflow';
import { ASK_AGAIN } from '../contract/names';

/**
 * Keeps a query from running the workflow ahead of its history.
 *
 * A query that had to wait for a worker comes with all events that there are by then, and the SDK applies those too that no
 * workflow task has handled yet. The workflow would stay so in the worker's memory, and handle the next signal, update
 * or cancellation after commands that are not recorded. A replay has them in another order, and the attempt would be stuck
 * for good (Nondeterminism error). Failing here fails that query alone, and the worker forgets the run.
 */
class KeepToHistory implements WorkflowInternalsInterceptor {
  private handled = { historyLength: 0, historySize: 0 };

  activate(input: ActivateInput, next: Next<WorkflowInternalsInterceptor, 'activate'>): void {
    const { historyLength, historySize, unsafe } = workflowInfo();
    // The server tells the size with each workflow task, so that events without a task are more at the same size.
    // Temporal's test server tells none.
    const isTask = historyLength === this.handled.historyLength || historySize !== this.handled.historySize;
    if (!isTask && historySize > 0 && !unsafe.isReplaying) throw new Error(ASK_AGAIN);
    this.handled = { historyLength, historySize };
    next(input);
  }
}

export function interceptors(): WorkflowInterceptors {
  return { internals: [new KeepToHistory()] };
}
