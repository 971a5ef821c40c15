/**
 * A process of its own that outlives the sandbox by a moment: when the pipe from the sandbox ends,
 * for whatever reason, it kills the process groups, and ends the folders of runs, that are still on
 * its list. Lines: `+<pid>`, `-<pid>`, `dir <path>`, and `rm <path>` of folders that go after that.
 */
import { createInterface } from "node:readline";
import { endRunFolder, removeFolder } from "./run-folder";

const groups = new Set<number>();
const folders = new Set<string>();
const others = new Set<string>();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  if (line.startsWith("+")) groups.add(Number(line.slice(1)));
  else if (line.startsWith("-")) groups.delete(Number(line.slice(1)));
  else if (line.startsWith("dir ")) folders.add(line.slice(4));
  else if (line.startsWith("rm ")) others.add(line.slice(3));
});
lines.on("close", () => {
  for (const group of groups) {
    try {
      process.kill(-group, "SIGKILL");
    } catch {
      // Gone already.
    }
  }
  void Promise.all([...folders].map(endRunFolder)).finally(() => others.forEach(removeFolder));
});
