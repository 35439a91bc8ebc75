import { trace } from '@opentelemetry/api';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { z } from 'zod';

const AboutAJob = z.object({ jobId: z.string() });

/** Puts Basiq's job, where an activity is about one, on each of the activity's log lines and on its span. */
export const jobInTelemetry: ActivityInterceptorsFactory = () => {
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
      getLogAttributes: (attributes, next) => next(jobId === null ? attributes : { ...attributes, jobId }),
    },
  };
};
