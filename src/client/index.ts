/** What a back-end imports: the client, the contract, and the sealing for those that talk to Temporal themselves. */
export * from '../contract';
export * from './attempt-errors';
export * from './attempt-list';
export * from './attempt-progress';
export * from './connections-client';
export type { Sealing, StartedAttempt } from './start-attempt';
export { PublicKeySet } from '../secrets/key-set';
export { seal } from '../secrets/seal';
