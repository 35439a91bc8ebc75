/** Inputs and messages are three levels deep. What is deeper is nothing that any schema of ours would take. */
const DEEPEST = 16;

/**
 * JSON without the object fields that are null: in many languages that is how an absent field is written. Only the
 * input's own fields, not the entries of arrays. A sender may nest as deep as the stack, where an error would fail the
 * workflow task for ever: below some depth everything stays as it came.
 */
export function withoutNulls(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth === DEEPEST) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([name, field]) => [name, withoutNulls(field, depth + 1)]),
  );
}
