import type { Attributes } from "../attributes";

/**
 * Words of types that run a program of the author's with the rights of whoever plans or applies.
 */
const RUNS = /(?:^|_)(?:external|command|script|shell|exec|ansible|program|process)(?:_|$)/;
/** What such a block is told to run by. */
const ORDERS: ReadonlySet<string> = new Set(["command", "commands", "program", "script", "interpreter", "local_exec"]);

/** Whether a block of another provider than AWS runs a program where Terraform runs. */
export function runsProgram(type: string, body: Attributes): boolean {
  if (type === "" || /^aws(?:cc)?_/.test(type)) return false;
  return RUNS.test(type) || Object.keys(body).some((name) => ORDERS.has(name));
}

/** Types that write a file where Terraform runs, with the attribute that says where. */
const WRITES: Readonly<Record<string, string>> = {
  local_file: "filename",
  local_sensitive_file: "filename",
  archive_file: "output_path",
};

/**
 * Whether it may write what is run or deployed: elsewhere than into the folder that it is written
 * in, in hidden files and folders, beside the code of functions, or what Terraform reads.
 * @param written as the configuration has it
 */
export function writesAnywhere(type: string, written: Attributes): boolean {
  const attribute = WRITES[type];
  if (attribute === undefined) return false;
  const path = String(written[attribute]).replace(/^\$\{path\.(?:module|root|cwd)\}\//, "");
  return (
    /[$%]\{|\\/.test(path) ||
    /^[/~]|^[A-Za-z]:/.test(path) ||
    path.split("/").some((part) => part.startsWith(".") || part === "assets") ||
    /\.(?:tf|tofu|tfvars|tfstate)(?:\.json|\.backup)?$/.test(path)
  );
}
