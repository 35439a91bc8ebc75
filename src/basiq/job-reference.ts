import { z } from 'zod';
import { lastSegment, looseText } from './wire-values';

/**
 * Stricter than what is only shown: a wrong id would be followed, while an unreadable answer has the job looked for in
 * Basiq's list.
 */
const wireId = z
  .string()
  .regex(/^\w[\w.~-]{0,199}$/)
  .nullable()
  .catch(null);

const reference = z.object({
  id: wireId,
  self: looseText(2000),
  links: z.object({ self: looseText(2000) }).catch({ self: null }),
});

/** The job's id in `{type: "job", id, links: {self}}`, where `id` may be missing and `self` may stand by itself. */
export const referencedJobId = reference.transform((job, context) => {
  const jobId = job.id ?? wireId.parse(lastSegment(job.links.self ?? job.self));
  if (jobId !== null) return jobId;
  context.addIssue({ code: 'custom', message: 'no job id' });
  return z.NEVER;
});

export interface JobReference {
  jobId: string;
  /** true for 200: the job that was already under way, with the credentials of then */
  original: boolean;
}
