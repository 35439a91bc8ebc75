/**
 * Loaded once by a worker and shared by all its workflows, where other modules are evaluated again for each: zod and our
 * schemas take longer to load than everything else that an attempt does in the workflow sandbox, and half the memory of
 * a cached attempt.
 *
 * The SDK freezes what is shared, to the last object that a module shows. Zod and its schemas finish building themselves
 * when they are first used, so that they would fail then. What is frozen already is not entered: so each schema is
 * frozen here, by itself, and can go on within.
 */
import { z } from 'zod';
import * as attemptInput from '../contract/attempt-input';
import * as attemptPolicy from '../contract/attempt-policy';
import * as attemptStatus from '../contract/attempt-status';
import * as credentials from '../contract/credentials';
import * as failures from '../contract/failures';
import * as identifiers from '../contract/identifiers';
import * as inputProblems from '../contract/input-problems';
import * as mfaAnswer from '../contract/mfa-answer';
import * as mfaVerdict from '../contract/mfa-verdict';
import * as sealed from '../contract/sealed';

// An attempt parses with each of its schemas once or twice: compiling them costs more than it saves.
z.config({ jitless: true });
z.strictObject({ text: z.string().optional() }).safeParse({});

/** All of the contract that has schemas: test/unit/workflow-preloaded.test.ts looks whether one is missing. */
const contract: object[] = [
  attemptInput,
  attemptPolicy,
  attemptStatus,
  credentials,
  failures,
  identifiers,
  inputProblems,
  mfaAnswer,
  mfaVerdict,
  sealed,
];

for (const shown of contract.flatMap((module): unknown[] => Object.values(module))) {
  if (!(shown instanceof z.ZodType)) continue;
  // Zod puts a method on a schema when it is first read, which it could not do any more.
  for (const method of ['parse', 'safeParse'] as const) Reflect.get(shown, method);
  Object.freeze(shown);
}
