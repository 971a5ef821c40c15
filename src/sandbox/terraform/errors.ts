import { ScopedKeysRuntimeError } from "../../model/errors";
import type { Owner } from "./states";

const SUBJECT = "Terraform in the sandbox";
const NOTHING_DONE = "Terraform was not started";

const WHOSE: Readonly<Record<Exclude<Owner, "absent" | "run" | "empty">, string>> = {
  foreign: "it describes another world than this run's",
  "other-run":
    "an earlier run of the sandbox began it, and was killed or somebody went on with it: nobody can tell which",
  unreadable: "it cannot be read as a state",
};

export const foreignState = (file: string, owner: keyof typeof WHOSE) =>
  new ScopedKeysRuntimeError("SK355", {
    subject: SUBJECT,
    problem: `${NOTHING_DONE}, since it could change a state that is not this run's: ${WHOSE[owner]}`,
    given: file,
    allowed: "a folder without a state, or with one that this run began",
    remedy:
      "Either run the sandbox in a copy of the folder without that file (git worktree add ../trial), or give the stack another state while SANDBOX_URL is set (docs/sandbox.md#state)",
  });

export const remoteBackend = (type: string, file: string) =>
  new ScopedKeysRuntimeError("SK356", {
    subject: SUBJECT,
    problem: `${NOTHING_DONE}, since the state is kept elsewhere and could be read, locked or changed there`,
    given: type === "cloud" ? `HCP Terraform (a cloud block), in ${file}` : `backend "${type}", in ${file}`,
    allowed: 'backend "local", or none',
    remedy:
      "Either declare that backend only while SANDBOX_URL is not set (docs/sandbox.md#state), or run the sandbox in a copy of the folder without it",
  });

export const remoteStateRead = (type: string, file: string) =>
  new ScopedKeysRuntimeError("SK286", {
    subject: SUBJECT,
    problem: `${NOTHING_DONE}, since it would read a state that is kept elsewhere`,
    given: `terraform_remote_state with backend "${type}", in ${file}`,
    allowed: 'backend "local"',
    remedy:
      "Either take another source while SANDBOX_URL is set (docs/sandbox.md#state), or run the sandbox in a copy of the folder without it",
  });

export const refusedCommand = (command: string, why: string) =>
  new ScopedKeysRuntimeError("SK287", {
    subject: SUBJECT,
    problem: `${NOTHING_DONE}: ${why}`,
    given: command,
    remedy: "Run it outside of the sandbox, or leave it out (docs/sandbox.md#state)",
  });

export const uncertainState = (given: string, why: string) =>
  new ScopedKeysRuntimeError("SK357", {
    subject: SUBJECT,
    problem: `${NOTHING_DONE}, since nobody can tell which state it would change: ${why}`,
    given,
    allowed: "a configuration that names the file of its state as plain text; plans that this run made",
    remedy: "Correct it, or run the sandbox in a copy of the folder without it (docs/sandbox.md#state)",
  });
