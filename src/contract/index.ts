/** Everything that crosses a process: for back-ends, and for tools in other languages that generate types from it. */
export * from './attempt-input';
export * from './attempt-policy';
export * from './attempt-status';
export * from './credentials';
export * from './error-table';
export * from './failures';
export * from './identifiers';
export * from './input-problems';
export * from './mfa-answer';
export * from './names';
export * from './sealed';
export * from './search-attributes';
export * from './workflow-id';
