import { CancellationScope, condition } from '@temporalio/workflow';
import type { LookInput } from '../activities/look-at-job';
import type { Observation } from '../activities/observation';
import { reads } from './activity-proxies';
import type { JobWatch } from './job-watch';

/** What a look beside the watch brought: news of either, nothing new, or no answer of Basiq's at all. */
export type Looked =
  { kind: 'news'; observation: Observation } | { kind: 'no-news' } | { kind: 'unanswered' };

/** One fresh look at the job while its watch goes on; whichever of the two has news first is taken. */
export async function lookBesideWatch(
  watch: JobWatch,
  input: LookInput,
  giveUpAfterMs: number,
): Promise<Looked> {
  const look: { looked: Looked | null } = { looked: null };
  const scope = new CancellationScope();
  void scope
    .run(() => reads(`Looks at job ${input.jobId} now`, giveUpAfterMs).lookAtJob(input))
    .then(
      (found) => {
        look.looked = found.kind === 'no-news' ? found : { kind: 'news', observation: found };
      },
      () => {
        look.looked = { kind: 'unanswered' };
      },
    );
  await condition(() => watch.hasArrived || look.looked !== null);
  if (look.looked !== null) return look.looked;
  scope.cancel();
  return { kind: 'news', observation: watch.take() };
}
