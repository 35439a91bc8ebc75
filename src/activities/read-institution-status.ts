import { cancellationSignal } from '@temporalio/activity';
import { BasiqError } from '../basiq/basiq-error';
import type { ActivitySettings } from './activity-settings';
import { readWithRetries } from './read-with-retries';

/** Basiq's word for the institution's state, e.g. `operational` or `major-outage`; null when Basiq does not say. */
export async function readInstitutionStatus(
  { basiq }: ActivitySettings,
  input: { institutionId: string },
): Promise<{ status: string | null }> {
  const institution = await readWithRetries(() =>
    basiq.getInstitution(input.institutionId, { signal: cancellationSignal() }),
  );
  return { status: institution instanceof BasiqError ? null : institution.status };
}
