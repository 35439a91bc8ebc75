import { describeEnd, startChild, type ChildOptions } from '../child-process';

/**
 * Runs a program to its end.
 * @throws Error with what it wrote, when it does not exit with 0
 */
export async function runToEnd(options: ChildOptions): Promise<void> {
  const child = await startChild(options);
  const end = await child.ended;
  if (end.kind === 'exited' && end.code === 0) return;
  throw new Error(`${options.name} ${describeEnd(end)}:\n${child.output()}`);
}
