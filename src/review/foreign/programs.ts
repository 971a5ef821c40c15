import type { Attributes } from "../resources";

/** Words of types that run a program of the author's with the rights of whoever plans or applies. */
const RUNS = /(?:^|_)(?:external|command|script|shell|exec|ansible|program|process)(?:_|$)/;
/** What such a block is told to run by. */
const ORDERS: ReadonlySet<string> = new Set(["command", "commands", "program", "script", "interpreter", "local_exec"]);

/** Whether a block of another provider than AWS runs a program where Terraform runs. */
export function runsProgram(type: string, body: Attributes): boolean {
  if (type === "" || /^aws(?:cc)?_/.test(type)) return false;
  return RUNS.test(type) || Object.keys(body).some((name) => ORDERS.has(name));
}
