import { Random as Seeded } from '../../simulation/random';

/** Seeded draws. Which of two things that run side by side takes the next one is up to the machine. */
export class Random extends Seeded {
  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  /** @throws RangeError for an empty list */
  oneOf<T>(list: readonly T[]): T {
    const picked = list[Math.floor(this.next() * list.length)];
    if (picked === undefined) throw new RangeError('there is nothing to draw from');
    return picked;
  }
}
