import { BehaviourHistory } from './bank-behaviour';
import { type Institution, institutions } from './institutions';
import type { Challenge, Person } from './people';

/** A bank of the catalogue, with what it has been told to do and how many jobs it has seen. */
export class Bank {
  readonly behaviour: BehaviourHistory;
  private jobsMade = 0;
  private flakyCalls = 0;

  constructor(readonly institution: Institution) {
    this.behaviour = new BehaviourHistory(institution.behaviour);
  }

  /** The challenges of the bank's next job for this person; each call counts as one job. */
  challengesOfNextJob(person: Person | null): readonly Challenge[] {
    this.jobsMade += 1;
    const { when, with: source } = this.institution.challenges;
    // Basiq's intermittent bank challenges by chance; here it is every second job, so that a test can tell.
    const isChallenged = when === 'always' || (when === 'every-second-job' && this.jobsMade % 2 === 0);
    if (!isChallenged || person === null) return [];
    switch (source.source) {
      case 'person':
        return [person.challenge];
      case 'bank':
        return [source.challenge];
      case 'person-then-bank':
        return [person.challenge, source.challenge];
    }
  }

  /** What the flaky bank does to this call; null for every other call and for every other bank. */
  nextFlakyFault(): 'error-500' | 'error-429' | 'reset' | null {
    if (!this.institution.flakyHttp) return null;
    this.flakyCalls += 1;
    if (this.flakyCalls % 2 !== 0) return null;
    const kinds = ['error-500', 'error-429', 'reset'] as const;
    return kinds[(this.flakyCalls / 2 - 1) % kinds.length] ?? null;
  }
}

export class BankBook {
  private readonly byId = new Map(institutions.map((entry) => [entry.id, new Bank(entry)]));

  get all(): Bank[] {
    return [...this.byId.values()];
  }

  find(institutionId: string): Bank | undefined {
    return this.byId.get(institutionId);
  }
}
