import { ScopedKeysRuntimeError } from "../../model/errors";
import type { Owner } from "./states";

const SUBJECT = "Terraform in the sandbox";
const NOTHING_DONE = "Terraform was not started";

const WHOSE: Readonly<Record<Exclude<Owner, "absent" | "run" | "empty">, string>> = {
  foreign: "it does not describe this run's world",
  "other-run": "an earlier run of the sandbox began it; that run was killed, or somebody continued with the state",
  unreadable: "it cannot be read as a state",
};

export const foreignState = (file: string, owner: keyof typeof WHOSE) =>
  new ScopedKeysRuntimeError("SK355", {
    subject: SUBJECT,
    problem: `${NOTHING_DONE}, because it could change a state that does not belong to this run: ${WHOSE[owner]}`,
    given: file,
    allowed: "a folder without a state, or with a state that this run began",
    remedy:
      "Either run the sandbox in a copy of the folder without that file (git worktree add ../trial), or give the stack another state while SANDBOX_URL is set (docs/sandbox.md#state)",
  });

export const remoteBackend = (type: string, file: string) =>
  new ScopedKeysRuntimeError("SK356", {
    subject: SUBJECT,
    problem: `${NOTHING_DONE}, because it could read, lock or change a remote state`,
    given: type === "cloud" ? `HCP Terraform (a cloud block), in ${file}` : `backend "${type}", in ${file}`,
    allowed: 'backend "local", or none',
    remedy:
      "Either declare that backend only while SANDBOX_URL is not set (docs/sandbox.md#state), or run the sandbox in a copy of the folder without it",
  });

export const remoteStateRead = (type: string, file: string) =>
  new ScopedKeysRuntimeError("SK286", {
    subject: SUBJECT,
    problem: `${NOTHING_DONE}, because it would read a remote state`,
    given: `terraform_remote_state with backend "${type}", in ${file}`,
    allowed: 'backend "local"',
    remedy:
      "Either read from another source while SANDBOX_URL is set (docs/sandbox.md#state), or run the sandbox in a copy of the folder without it",
  });

export const refusedCommand = (command: string, why: string) =>
  new ScopedKeysRuntimeError("SK287", {
    subject: SUBJECT,
    problem: `${NOTHING_DONE}: ${why}`,
    given: command,
    remedy: "Run the command outside the sandbox, or leave it out (docs/sandbox.md#state)",
  });

export const uncertainState = (given: string, why: string) =>
  new ScopedKeysRuntimeError("SK357", {
    subject: SUBJECT,
    problem: `${NOTHING_DONE}, because the sandbox cannot tell which state it would change: ${why}`,
    given,
    allowed: "a configuration that names its state file as plain text; plans that this run made",
    remedy: "Correct that file, or run the sandbox in a copy of the folder without it (docs/sandbox.md#state)",
  });
