import { isExpiredToken, type BasiqError } from '../basiq/basiq-error';

/** A definite "no" of Basiq's, or of ours before anything was sent, as it goes into history. */
export interface Refusal {
  code: string;
  title: string;
  detail: string | null;
  correlationId: string | null;
}

export function refusalOf({ code, title, detail, correlationId }: BasiqError): Refusal {
  return { code, title, detail, correlationId };
}

/** Basiq does not know what is asked about. Any other refusal is about the key or the moment, and no reason to give a job up. */
export function isUnknown(error: BasiqError): boolean {
  return error.outcome === 'refused' && (error.status === 404 || error.status === 400);
}

/**
 * Whether the call could succeed later as it is: too many requests, a fault on the way, a fault at Basiq, or a token
 * that had expired again when the call was sent once more with a new one.
 */
export function mayPass(error: BasiqError): boolean {
  return (
    error.outcome !== 'refused' ||
    error.code === 'too-many-requests' ||
    error.status === 429 ||
    isExpiredToken(error)
  );
}
