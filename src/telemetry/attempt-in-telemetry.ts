import { trace } from '@opentelemetry/api';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { z } from 'zod';

const AboutAJob = z.object({ jobId: z.string() });

/**
 * Puts Basiq's job, where an activity is about one, on each of the activity's log lines and on its span. And names the
 * run as the lines of workflows do.
 */
export const attemptInTelemetry: ActivityInterceptorsFactory = () => {
  let jobId: string | null = null;
  return {
    inbound: {
      execute: (input, next) => {
        jobId = AboutAJob.safeParse(input.args[0]).data?.jobId ?? null;
        if (jobId !== null) trace.getActiveSpan()?.setAttribute('basiq.job_id', jobId);
        return next(input);
      },
    },
    outbound: {
      getLogAttributes: (attributes, next) => {
        const { workflowRunId: runId, ...shown } = attributes;
        // With a task's token whoever reaches Temporal's server can complete the task.
        delete shown['taskToken'];
        return next({ ...shown, runId, ...(jobId === null ? {} : { jobId }) });
      },
    },
  };
};
