import type { AttemptPolicy } from '../src/contract/attempt-policy';
import type { Phase } from '../src/contract/attempt-status';
import { planBank, type BankPlan } from './bank-plan';
import { planPerson, type PersonPlan } from './person-plan';
import { Random } from './random';
import { planCrashes, planFaults, type PlannedCrash, type PlannedFault } from './trouble-plan';

/** Everything that happens around one attempt. A pure function of its seed. */
export interface Schedule {
  seed: number;
  /** in every secret that the schedule invents */
  marker: string;
  operation: 'create' | 'update' | 'refresh' | 'adopt';
  bank: BankPlan;
  person: PersonPlan;
  policy: Partial<AttemptPolicy>;
  /** the worker's own; the rest as in production */
  queue: { lookAfterTryMs: number; lookSpreadMs: number; lookAgainAfterErrorMs: number };
  /** a worker that forgets replays the whole history for each task */
  worker: 'remembers' | 'forgets';
  faults: PlannedFault[];
  crashes: PlannedCrash[];
  events: PlannedEvent[];
}

/** Something that happens once the attempt has been seen in a phase, and so much later on Temporal's clock. */
export interface PlannedEvent {
  phase: Phase;
  plusMs: number;
  action: PlannedAction;
}

export type PlannedAction =
  | { kind: 'cancel' }
  | { kind: 'check-now' }
  /** the same request once more, as when a person presses a button twice */
  | { kind: 'start-again' }
  /** another attempt that watches the same job */
  | { kind: 'adopt-its-job' }
  | { kind: 'junk-signal' }
  /** the worker stops, as at a deploy, and another takes over */
  | { kind: 'replace-worker' }
  | { kind: 'step-basiq-clock'; ms: number }
  | { kind: 'expire-tokens' }
  | { kind: 'bank-recovers' }
  /** Basiq answers no look any more, for ever */
  | { kind: 'basiq-falls-silent' };

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export function scheduleOf(seed: number): Schedule {
  const random = new Random(seed);
  const marker = random.hex();
  const operation = random.weighted([
    [64, 'create'],
    [12, 'update'],
    [14, 'refresh'],
    [10, 'adopt'],
  ]);
  const bank = planBank(random);
  const person = planPerson(random, marker);
  const events = planEvents(random, bank);
  const silent = planSilence(random);
  if (silent !== null) events.push(silent);
  const faults = planFaults(random, operation);
  const crashes = planCrashes(random);
  // How long Basiq may be silent is a matter of seconds then, so nothing else may keep it from answering.
  const isSilentSoon = silent !== null && silent.phase !== 'queued';
  const schedule: Schedule = {
    seed,
    marker,
    operation,
    bank,
    person,
    policy: {
      mfaSettleMs: SECOND,
      mfaGraceMs: random.pick([0, 300]),
      // A running job is watched in real time, so what is to be waited for there must be short.
      ...(bank.institutionId === 'AU90008' ? { stalledAfterMs: SECOND } : {}),
      ...(isSilentSoon ? { unreachableAfterMs: 1_500 } : {}),
    },
    queue: {
      lookAfterTryMs: random.pick([MINUTE, MINUTE, 0]),
      lookSpreadMs: random.pick([MINUTE, 1]),
      lookAgainAfterErrorMs: silent === null ? 5 * MINUTE : 6 * HOUR,
    },
    worker: random.chance(0.12) ? 'forgets' : 'remembers',
    faults: isSilentSoon ? [] : faults,
    crashes: isSilentSoon ? [] : crashes,
    events,
  };
  return withoutAnswers(replayable(schedule));
}

function planEvents(random: Random, bank: BankPlan): PlannedEvent[] {
  const events: PlannedEvent[] = [];
  const add = (probability: number, event: () => PlannedEvent) => {
    if (random.chance(probability)) events.push(event());
  };
  const anywhere = (): Pick<PlannedEvent, 'phase' | 'plusMs'> => {
    const phase = random.pick([
      'submitting',
      'verifying',
      'awaiting-mfa',
      'confirming-mfa',
      'queued',
      'retrieving',
    ]);
    return { phase, plusMs: phase === 'queued' ? random.int(0, 30) * HOUR : random.pick([0, 0, 50, 200]) };
  };
  const inQueue = (hours: number) => ({
    phase: 'queued' as const,
    plusMs: Math.round(random.next() * hours * HOUR),
  });
  const isDown = bank.behaviour.status !== 'operational';

  add(0.08, () => ({ ...anywhere(), action: { kind: 'cancel' } }));
  add(0.1, () => ({ ...anywhere(), action: { kind: 'start-again' } }));
  add(0.06, () => ({ ...anywhere(), phase: 'awaiting-mfa', plusMs: 0, action: { kind: 'adopt-its-job' } }));
  add(0.1, () => ({ ...anywhere(), action: { kind: 'junk-signal' } }));
  add(0.1, () => ({ ...anywhere(), action: { kind: 'replace-worker' } }));
  add(0.08, () => ({ ...anywhere(), action: { kind: 'expire-tokens' } }));
  // Not before the attempt has its job: a POST whose end is not known is looked for by Basiq's own ages.
  add(0.08, () => ({
    phase: 'awaiting-mfa',
    plusMs: random.int(0, 100),
    action: { kind: 'step-basiq-clock', ms: random.pick([SECOND, 30 * SECOND, 90 * SECOND, HOUR]) },
  }));
  if (isDown) {
    add(0.3, () => ({ ...inQueue(30), action: { kind: 'check-now' } }));
    add(0.15, () => ({ ...inQueue(3), action: { kind: 'check-now' } }));
    add(0.12, () => ({
      ...inQueue(20),
      action: { kind: 'step-basiq-clock', ms: random.pick([MINUTE, HOUR, 3 * HOUR, 25 * HOUR]) },
    }));
    add(0.15, () => ({ ...inQueue(40), action: { kind: 'bank-recovers' } }));
    add(0.06, () => ({ ...inQueue(60), action: { kind: 'cancel' } }));
    add(0.4, () => ({ phase: 'submitting', plusMs: 5 * MINUTE, action: { kind: 'bank-recovers' } }));
  }
  return events;
}

function planSilence(random: Random): PlannedEvent | null {
  if (!random.chance(0.06)) return null;
  const phase = random.pick(['queued', 'queued', 'verifying', 'awaiting-mfa']);
  return { phase, plusMs: phase === 'queued' ? 5 * HOUR : 0, action: { kind: 'basiq-falls-silent' } };
}

/**
 * What the test server can do when a history is replayed. It gives a stopped worker's tasks to no other as long as the
 * stopped one was to remember the workflow. And it records an accepted update after the timers and activities of the same
 * workflow task, where a real server records it before them: no worker can replay that, so signals bring the answers.
 */
function replayable(schedule: Schedule): Schedule {
  const { person, worker, events } = schedule;
  const isReplayed = worker === 'forgets' || events.some(({ action }) => action.kind === 'replace-worker');
  if (!isReplayed) return schedule;
  const answers = person.answers.map(({ thinkMs, sends }) => ({
    thinkMs,
    sends: sends.map((send) => ({ ...send, by: 'signal' as const })),
  }));
  return { ...schedule, worker: 'forgets', person: { ...person, answers } };
}

/** What has to be true of the bank and of time when nobody answers, so that it takes seconds and not minutes. */
function withoutAnswers(schedule: Schedule): Schedule {
  const { afterwards } = schedule.person;
  if (afterwards === 'answers-rightly') return schedule;
  // Basiq's seconds: below a minute the client reads them so.
  const mfaExpiryMs = afterwards === 'lets-the-deadline-pass' ? 2 : 120_000;
  const mfaExpiry = afterwards === 'lets-the-deadline-pass' ? 'stays' : 'job-timed-out';
  const { bank, events } = schedule;
  const more: PlannedEvent[] =
    afterwards === 'lets-basiq-time-out'
      ? [
          {
            phase: 'awaiting-mfa',
            plusMs: 400,
            action: { kind: 'step-basiq-clock', ms: mfaExpiryMs + 61 * SECOND },
          },
        ]
      : afterwards === 'cancels'
        ? [{ phase: 'awaiting-mfa', plusMs: 400, action: { kind: 'cancel' } }]
        : [];
  return {
    ...schedule,
    bank: { ...bank, behaviour: { ...bank.behaviour, mfaExpiryMs, mfaExpiry } },
    events: [...events, ...more],
  };
}
