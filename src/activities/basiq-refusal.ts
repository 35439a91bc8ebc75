import type { BasiqError } from '../basiq/basiq-error';

/** A definite "no" of Basiq's, or of ours before anything was sent, as it goes into history. */
export interface Refusal {
  code: string;
  title: string;
  detail: string | null;
  correlationId: string | null;
}

/**
 * An error of Basiq's without anything that was in the request: Basiq quotes the value it did not like in `detail`, so
 * every secret that was sent is taken out of the texts.
 */
export function refusalOf(error: BasiqError, secrets: readonly string[] = []): Refusal {
  return {
    code: error.code,
    title: withoutSecrets(error.title, secrets),
    detail: error.detail === null ? null : withoutSecrets(error.detail, secrets),
    correlationId: error.correlationId,
  };
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((kept, secret) => (secret === '' ? kept : kept.replaceAll(secret, '[secret]')), text);
}

/** Whether the call could succeed later as it is: too many requests, a fault on the way, a fault at Basiq. */
export function mayPass(error: BasiqError): boolean {
  return error.outcome !== 'refused' || error.code === 'too-many-requests' || error.status === 429;
}
