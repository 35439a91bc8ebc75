import { z } from 'zod';

/** What can be changed while the sandbox runs (PUT /_sandbox/settings). A job keeps those it was made with. */
export const settingsSchema = z.strictObject({
  /** Divides the queue's two hours and seven days, and nothing else. */
  queueScale: z.number().positive(),
  stepMs: z.number().min(0),
  stepResultForm: z.enum(['object', 'array']),
  linkForm: z.enum(['relative', 'absolute']),
  /** What a token's `version` claim says; null: what the request's basiq-version asked for. */
  tokenVersion: z.enum(['2.0', '2.1', '3.0']).nullable(),
  tokenLifeSeconds: z.number().positive(),
});

export type Settings = z.infer<typeof settingsSchema>;

export const settingsChange = settingsSchema.partial();
