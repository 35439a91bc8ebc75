/**
 * What a jest run came to. A run that dies, finds no tests or fails without a failed test is a failure too.
 *
 * @param {object | undefined} results jest's --json; undefined: it wrote none
 * @param {number | string} end exit code, or the signal that ended it
 * @returns {{ passed: number, skipped: number, failures: string[] }}
 */
export function countTests(results, end) {
  if (results === undefined) {
    return { passed: 0, skipped: 0, failures: [`jest ended without results (${end})`] };
  }
  const failures = [];
  for (const file of results.testResults) {
    const failed = file.assertionResults.filter((test) => test.status === 'failed');
    for (const test of failed) failures.push(`${test.fullName} (${file.name})`);
    if (failed.length === 0 && file.status === 'failed') failures.push(`${file.name} could not be run`);
  }
  const passed = results.numPassedTests;
  if (passed === 0 && failures.length === 0) failures.push('jest ran no tests');
  if (end !== 0 && failures.length === 0) failures.push(`jest ended with ${end}, and no test failed`);
  return { passed, skipped: results.numPendingTests + results.numTodoTests, failures };
}
