import { z } from 'zod';
import { embeddedId, looseNumber, looseText, looseTime } from './wire-values';

/**
 * A job as Basiq 2.1 answers it, read once: one spelling of each key, results always as a list. Nothing but a
 * missing id makes a job unreadable; what it means is told by readJob.
 */
export interface JobDocument {
  id: string;
  created: string | null;
  updated: string | null;
  /** only the list of a user's jobs has it */
  institutionId: string | null;
  steps: StepDocument[];
  links: { source: string | null };
}

export interface StepDocument {
  title: string;
  status: string;
  results: StepResult[];
}

export type StepResult =
  | { kind: 'link'; url: string }
  | {
      kind: 'mfa';
      method: string;
      description: string;
      prompts: string[];
      expiryMs: number | null;
      responseLink: string | null;
    }
  | { kind: 'error'; code: string; title: string; detail: string | null };

const MOST_STEPS = 50;
const MOST_PROMPTS = 20;

/** Each element asks for one answer, so none is dropped; what is not text is shown as JSON. */
const prompts = z
  .unknown()
  .optional()
  .transform((input): string[] => {
    if (input === undefined || input === null) return [];
    const list: unknown[] = Array.isArray(input) ? input.slice(0, MOST_PROMPTS) : [input];
    return list.map((prompt) =>
      (typeof prompt === 'string' ? prompt : JSON.stringify(prompt)).slice(0, 1000),
    );
  });

const wireResult = z
  .object({
    type: looseText(100),
    url: looseText(2000),
    code: looseText(100),
    title: looseText(300),
    detail: looseText(1000),
    details: looseText(1000),
    method: looseText(100),
    description: looseText(2000),
    input: prompts,
    expiryMs: looseNumber,
    links: z.object({ response: looseText(2000) }).catch({ response: null }),
  })
  .transform((result): StepResult | null => {
    if (result.type === 'mfa') {
      return {
        kind: 'mfa',
        method: result.method ?? '',
        description: result.description ?? '',
        prompts: result.input,
        expiryMs: result.expiryMs,
        responseLink: result.links.response,
      };
    }
    const { code, title, url } = result;
    const detail = result.detail ?? result.details;
    if (code === null && url !== null) return { kind: 'link', url };
    if (code === null && title === null && detail === null) return null;
    return { kind: 'error', code: code ?? 'unknown-error', title: title ?? '', detail };
  });

/** An object, or an array of one, or null. */
const results = z
  .unknown()
  .optional()
  .transform((result): StepResult[] => {
    const list: unknown[] = Array.isArray(result) ? result : [result];
    return list.flatMap((one) => {
      const read = wireResult.safeParse(one);
      return read.success && read.data ? [read.data] : [];
    });
  });

const step = z
  .object({ title: looseText(100), status: looseText(100), result: results })
  .catch({ title: null, status: null, result: [] })
  .transform(({ title, status, result }): StepDocument => ({
    title: title ?? '',
    status: status ?? '',
    results: result,
  }));

function firstSteps(steps: unknown): unknown[] {
  const list: unknown[] = Array.isArray(steps) ? steps : [];
  return list.slice(0, MOST_STEPS);
}

export const jobDocumentSchema = z
  .object({
    id: z.string().min(1),
    created: looseTime,
    updated: looseTime,
    institution: embeddedId,
    steps: z.preprocess(firstSteps, z.array(step)),
    links: z.object({ source: looseText(2000) }).catch({ source: null }),
  })
  .transform(({ institution, ...job }): JobDocument => ({ ...job, institutionId: institution }));
