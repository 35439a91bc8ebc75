import type { z } from 'zod';

/**
 * One line for a value that did not parse, naming each field and its fix. Never a value, and never the name of an
 * unknown key either: somebody may have put a secret there.
 */
export function inputProblems(error: z.ZodError, whole = 'input'): string {
  return error.issues.map((issue) => `${fieldName(issue.path, whole)}: ${fix(issue)}`).join('; ');
}

function fieldName(path: readonly PropertyKey[], whole: string): string {
  return path.length === 0 ? whole : path.map(String).join('.');
}

function fix(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return 'has a field that is not known here; remove it';
  // zod's own text for a missing field speaks of types; a back-end's developer looks for the word "required".
  if (
    issue.code === 'invalid_type' &&
    issue.input === undefined &&
    issue.message.startsWith('Invalid input')
  ) {
    return `is required (${issue.expected})`;
  }
  return issue.message;
}
