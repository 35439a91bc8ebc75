import type { LinkTo } from './call';
import type { JobPlan } from './job-plan';
import type { JobPosition, Step } from './job-timeline';
import type { Settings } from './settings';

/** A job as Basiq shows it (Basiq 2.1 docs, "Jobs"). */
export function jobDocument(
  plan: JobPlan,
  position: JobPosition,
  form: Settings['stepResultForm'],
  link: LinkTo,
): object {
  return {
    type: 'job',
    id: plan.jobId,
    created: new Date(plan.createdAtMs).toISOString(),
    updated: new Date(position.updatedAtMs).toISOString(),
    steps: position.steps.map((step) => {
      const result = stepResult(plan, step, link);
      return {
        title: step.title,
        status: step.status,
        result: form === 'array' && result !== null ? [result] : result,
      };
    }),
    links: {
      self: link(`/jobs/${plan.jobId}`),
      // Basiq does not name the connection before the credentials were verified.
      ...(position.verifiedAtMs === null ? {} : { source: link(connectionPath(plan)) }),
    },
  };
}

/** An entry of the user's list of jobs, which names the institution too. */
export function listedJob(
  plan: JobPlan,
  position: JobPosition,
  form: Settings['stepResultForm'],
  link: LinkTo,
): object {
  return {
    ...jobDocument(plan, position, form, link),
    institution: {
      type: 'institution',
      id: plan.institutionId,
      links: { self: link(`/institutions/${plan.institutionId}`) },
    },
  };
}

export function jobReference(plan: JobPlan, link: LinkTo): object {
  return { type: 'job', id: plan.jobId, links: { self: link(`/jobs/${plan.jobId}`) } };
}

function stepResult(plan: JobPlan, step: Step, link: LinkTo): object | null {
  switch (step.result.kind) {
    case 'none':
      return null;
    case 'failure':
      return { ...step.result.failure };
    case 'challenge': {
      const { challenge, expiryMs } = step.result;
      return {
        type: 'mfa',
        method: challenge.method,
        description: challenge.description,
        input: [...challenge.input],
        expiryMs,
        links: { response: link(`/jobs/${plan.jobId}/mfa`) },
      };
    }
    case 'done':
      // Relative in every recorded answer, whatever the other links look like.
      return { type: 'link', url: whatWasDone(plan, step.title) };
  }
}

function whatWasDone(plan: JobPlan, title: string): string {
  if (title === 'verify-credentials') return connectionPath(plan);
  const kind = title.replace(/^retrieve-/, '');
  return `/users/${plan.userId}/${kind}?filter=institution.id.eq('${plan.institutionId}')`;
}

function connectionPath(plan: JobPlan): string {
  return `/users/${plan.userId}/connections/${plan.connectionId}`;
}
