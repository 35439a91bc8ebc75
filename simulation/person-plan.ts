import type { Random } from './random';

/** One message with an answer. */
export interface PlannedSend {
  /**
   * right, wrong: what the bank thinks of it. stale: right, but for a challenge that is not the open one. too-many: one
   * answer more than prompts. plain: not sealed. junk: no answer at all.
   */
  content: 'right' | 'wrong' | 'stale' | 'too-many' | 'plain' | 'junk';
  by: 'update' | 'signal';
  /** with its challengeId, without it, or the bare array of answers */
  form: 'with-id' | 'without-id' | 'bare';
}

/** What the person, and everybody else who answers for them, does when asked once: all sends go out together. */
export interface PlannedAnswer {
  /** real milliseconds */
  thinkMs: number;
  sends: PlannedSend[];
}

export interface PersonPlan {
  login: { loginId: string; password: string };
  /** used up in order, one each time that somebody is asked */
  answers: PlannedAnswer[];
  /** when they are used up: right ones from then on, or none. Nobody answers: how it ends */
  afterwards: 'answers-rightly' | 'lets-the-deadline-pass' | 'lets-basiq-time-out' | 'cancels';
}

const WORKING = [
  { loginId: 'gavinBelson', password: 'hooli2016' },
  { loginId: 'Gilfoyle', password: 'PiedPiper' },
  { loginId: 'jared', password: 'django' },
  { loginId: 'richard', password: 'tabsnotspaces' },
  { loginId: 'Whistler', password: 'ShowBox' },
  { loginId: 'Wentworth-Smith', password: 'whislter' },
  { loginId: 'ashMann', password: 'hooli2024' },
] as const;

const FAILING = [
  { loginId: 'bighead', password: 'password' },
  { loginId: 'erlich', password: 'aviato' },
  { loginId: 'jianYang', password: 'nothotdog' },
] as const;

/** The right one, whatever the schedule has the person type. */
export function passwordOf(loginId: string): string {
  return [...WORKING, ...FAILING].find((person) => person.loginId === loginId)?.password ?? '';
}

export function planPerson(random: Random, marker: string): PersonPlan {
  const working = random.pick(WORKING);
  const login = random.weighted([
    [84, working],
    [8, random.pick(FAILING)],
    [8, { ...working, password: `wrong-password-${marker}` }],
  ]);
  const afterwards = random.weighted([
    [82, 'answers-rightly'],
    [7, 'lets-the-deadline-pass'],
    [5, 'lets-basiq-time-out'],
    [6, 'cancels'],
  ]);
  const answers = Array.from({ length: random.int(0, 3) }, () => planAnswer(random));
  return {
    login: { ...login },
    // The time to answer is short then; see Schedule.
    answers: afterwards === 'answers-rightly' ? answers : answers.filter(({ sends }) => !sends.some(counts)),
    afterwards,
  };
}

/** Whether the workflow may take it: only such a send uses up the open challenge. */
export function counts({ content }: PlannedSend): boolean {
  return content === 'right' || content === 'wrong';
}

function planAnswer(random: Random): PlannedAnswer {
  const howMany = random.weighted([
    [60, 1],
    [20, 2],
    [12, 3],
    [8, 4],
  ]);
  return {
    thinkMs: random.pick([0, 0, 20, 80, 250]),
    sends: Array.from({ length: howMany }, () => planSend(random)),
  };
}

function planSend(random: Random): PlannedSend {
  return {
    content: random.weighted([
      [50, 'right'],
      [20, 'wrong'],
      [15, 'stale'],
      [5, 'too-many'],
      [5, 'plain'],
      [5, 'junk'],
    ] as const),
    by: random.pick(['update', 'signal']),
    form: random.weighted([
      [60, 'with-id'],
      [20, 'without-id'],
      [20, 'bare'],
    ] as const),
  };
}
