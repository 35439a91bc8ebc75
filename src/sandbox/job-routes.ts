import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { authorise, linkTo } from './call';
import { bodyOf, parameterNotValid, RefusedRequest } from './error-body';
import { foundJob, foundUser } from './found';
import { jobDocument, jobReference, listedJob } from './job-document';
import { judgeAnswer } from './mfa-verdict';
import type { SandboxState } from './sandbox-state';
import { wrongMfaAnswer } from './step-failures';

const mfaBody = z.looseObject({ 'mfa-response': z.array(z.string()) });
const LISTED_MS = 7 * 24 * 3_600_000;

interface ByJob {
  Params: { jobId: string };
}

/** Jobs and their challenges (Basiq 2.1 docs, "Jobs", "MFA"). */
export function jobRoutes(app: FastifyInstance, state: SandboxState): void {
  app.get<ByJob>('/jobs/:jobId', (request) => {
    const { token, nowMs, entry } = authorise(request, 'SERVER_ACCESS');
    const job = foundJob(state, token, request.params.jobId);
    entry.jobId = job.plan.jobId;
    return jobDocument(job.plan, job.at(nowMs), state.settings.stepResultForm, linkTo(request, state));
  });

  app.get<{ Params: { userId: string } }>('/users/:userId/jobs', (request) => {
    const { token, nowMs } = authorise(request, 'SERVER_ACCESS');
    const { id } = foundUser(state, token, request.params.userId);
    const link = linkTo(request, state);
    const data = state.store
      .jobsOf(id)
      .filter(({ plan }) => plan.createdAtMs > nowMs - LISTED_MS)
      .map((job) => ({ plan: job.plan, position: job.at(nowMs) }))
      .sort((a, b) => b.position.updatedAtMs - a.position.updatedAtMs)
      .map(({ plan, position }) => listedJob(plan, position, state.settings.stepResultForm, link));
    return { type: 'list', size: data.length, data, links: { self: link(`/users/${id}/jobs`) } };
  });

  app.post<ByJob>('/jobs/:jobId/mfa', (request, reply) => {
    const { token, nowMs, entry } = authorise(request, 'CLIENT_ACCESS');
    const job = foundJob(state, token, request.params.jobId);
    entry.jobId = job.plan.jobId;
    const { 'mfa-response': response } = bodyOf(mfaBody, request.body);
    const verdict = judgeAnswer(job.at(nowMs), job.behaviourAt(nowMs), response, nowMs);
    switch (verdict.kind) {
      case 'not-asked':
        // What Basiq answers to a late or early answer is not documented.
        throw parameterNotValid('The job does not wait for an MFA response.');
      case 'wrong-count':
        throw parameterNotValid('The number of answers does not match the challenge.', {
          pointer: '/mfa-response',
        });
      case 'judged':
        job.answers.push(verdict.answer);
    }
    if (verdict.isRefusedAtOnce) {
      const { code, title, detail } = wrongMfaAnswer;
      throw new RefusedRequest(400, code, title, detail, { pointer: '/mfa-response' });
    }
    return reply.code(202).send(jobReference(job.plan, linkTo(request, state)));
  });
}
