import type { Finding } from './comparison';

export interface Measure {
  /** what `--only` calls it */
  name: string;
  title: string;
  /** for the page: what is measured against what, in a few sentences */
  about: string;
  run: (size: Size) => Promise<Finding>;
}

/** `short` is for trying things out: the same measurements, fewer times. */
export type Size = 'full' | 'short';
