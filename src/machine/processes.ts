import { sh } from "../shell/shell.js";
import { query, type Query } from "./query.js";

/** The kernel keeps this many characters of a process name (TASK_COMM_LEN, man 5 proc_pid_comm). */
const NAME_LENGTH = 15;

/**
 * The command lines of all processes of these programs, each as its arguments, starting with the program. Also processes in
 * containers.
 */
export function commandLines(programs: readonly string[]): Query<readonly (readonly string[])[]> {
  const names = programs.map((name) => name.slice(0, NAME_LENGTH));
  const script = sh`for p in /proc/[0-9]*; do
  read -r name 2>/dev/null <"$p/comm" || continue
  for wanted in ${names}; do
    if [ "$name" = "$wanted" ]; then tr '\0' '\n' 2>/dev/null <"$p/cmdline"; echo; fi
  done
done`;
  return query(script, (out) =>
    out
      .split("\n\n")
      .map((process) => process.split("\n").filter((argument) => argument !== ""))
      .filter((process) => process.length > 0),
  );
}
