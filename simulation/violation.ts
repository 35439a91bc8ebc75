/** A promise of docs/architecture.md that was not kept. */
export interface Violation {
  promise: 1 | 2 | 3 | 4;
  what: string;
}

export const PROMISES = {
  1: 'every attempt ends exactly once, with the outcome that Basiq’s job had',
  2: 'Basiq makes one job of an attempt and gets each answer at most once',
  3: 'no secret can be read',
  4: 'anyone can see what an attempt waits for',
} as const;
