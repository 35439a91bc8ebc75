/** Everything that crosses a process. */
export * from './attempt-input';
export * from './attempt-policy';
export * from './attempt-status';
export * from './credentials';
export * from './error-table';
export * from './failures';
export * from './identifiers';
export * from './input-problems';
export * from './mfa-answer';
export * from './mfa-refusal';
export * from './mfa-verdict';
export * from './names';
export * from './sealed';
export * from './search-attributes';
export * from './without-nulls';
export * from './workflow-id';
