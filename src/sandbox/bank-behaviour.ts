import { z } from 'zod';

/**
 * What a bank does at a given time. Each change takes effect from the moment it is made: a job's earlier steps
 * and tries keep the behaviour that was in force when they began.
 */
export const institutionStatuses = [
  'operational',
  'degraded-performance',
  'partial-outage',
  'major-outage',
  'under-maintenance',
  'under-improvement',
] as const;

const durationMs = z.number().min(0);

export const bankBehaviourSchema = z.strictObject({
  status: z.enum(institutionStatuses),
  /** While the status is an outage: which try of each parked job finds the bank up; null for none of them. */
  recoversAfterTries: z.int().min(1).nullable(),
  /** What a wrong MFA answer leads to: a refusal at once, a step that fails later, or nothing at all. */
  wrongAnswer: z.enum(['http-400', 'failed-step', 'still-in-progress']),
  mfaExpiry: z.enum(['stays', 'job-timed-out']),
  mfaExpiryMs: durationMs,
  /** How long a rightly answered challenge still reads in-progress; null: as long as a step takes. */
  mfaSettleMs: durationMs.nullable(),
  /** Is mfa-challenge among the steps from the start, or does it appear with the challenge? */
  mfaListedFromStart: z.boolean(),
  /** The step is there and reads `skipped`, as Basiq's own browser client expects of some banks. */
  skipMfa: z.boolean(),
  failAtStep: z
    .strictObject({ title: z.string().min(1), code: z.string().min(1), detail: z.string() })
    .nullable(),
  /** How long a queued try shows verify in-progress; null: as long as a step takes. At most a quarter of the
   * time between two tries. */
  tryTakesMs: durationMs.nullable(),
});

export type BankBehaviour = z.infer<typeof bankBehaviourSchema>;

export const bankBehaviourChange = bankBehaviourSchema.partial();
export type BankBehaviourChange = z.infer<typeof bankBehaviourChange>;

export const ordinaryBehaviour: BankBehaviour = {
  status: 'operational',
  recoversAfterTries: null,
  wrongAnswer: 'http-400',
  mfaExpiry: 'job-timed-out',
  mfaExpiryMs: 120_000,
  mfaSettleMs: null,
  mfaListedFromStart: true,
  skipMfa: false,
  failAtStep: null,
  tryTakesMs: null,
};

/** Queued jobs run when the bank is operational, under maintenance or degraded (Basiq 2.1 docs, retry queue). */
export function isDown(behaviour: BankBehaviour): boolean {
  return behaviour.status === 'major-outage' || behaviour.status === 'partial-outage';
}

export class BehaviourHistory {
  /** Oldest first. */
  private readonly changes: { sinceMs: number; behaviour: BankBehaviour }[] = [];

  constructor(private readonly first: BankBehaviour) {}

  get latest(): BankBehaviour {
    return this.changes.at(-1)?.behaviour ?? this.first;
  }

  at(timeMs: number): BankBehaviour {
    return this.changes.findLast((change) => change.sinceMs <= timeMs)?.behaviour ?? this.first;
  }

  change(change: BankBehaviourChange, nowMs: number): BankBehaviour {
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const behaviour = { ...this.latest, ...given };
    this.changes.push({ sinceMs: nowMs, behaviour });
    return behaviour;
  }
}
