/** Jest reporter: ends the run with one plain line that any build server can read. */
export default class CountReporter {
  onRunComplete(
    _contexts,
    { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites },
  ) {
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const line = `${numPassedTests} passed, ${failed} failed, ${numPendingTests + numTodoTests} skipped`;
    // After jest's own summary, which is written when the reporters are done.
    process.once('exit', () => {
      console.log(line);
    });
  }
}
