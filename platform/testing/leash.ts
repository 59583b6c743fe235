// A child process that must not outlive whoever started it, not even after kill -9.

/**
 * Node arguments for a child with an IPC channel: when the channel closes, because the parent is gone, the child stops as
 * on SIGTERM and is killed 5 s later. A data URL, so that it also holds programs that are not ours.
 */
export const leashArguments = ['--import', `data:text/javascript,${encodeURIComponent(leash())}`];

function leash(): string {
  return `
    if (process.channel) {
      process.channel.unref();
      process.on('disconnect', () => {
        setTimeout(() => process.kill(process.pid, 'SIGKILL'), 5000).unref();
        process.kill(process.pid, 'SIGTERM');
      });
    }`;
}

/**
 * A shell that runs the program given as its arguments, and interrupts it when its own standard input closes. For programs
 * that are not Node's.
 */
export const leashShell = `
  exec 3<&0
  "$@" 3<&- & program=$!
  (while read -r line <&3; do :; done; kill -INT $program) & watcher=$!
  wait $program; code=$?
  kill $watcher 2>/dev/null
  exit $code`;
