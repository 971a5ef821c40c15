import { ScopedKeysRuntimeError } from "../../model/errors";

export const byHand = (name: string) =>
  new ScopedKeysRuntimeError("SK332", {
    subject: `key "${name}"`,
    problem: "its vendor lets nobody but a person mint a vendor key, so nothing was rotated",
    remedy: `Make one in the vendor's console and hand it over: scoped-keys adopt ${name}`,
  });

export const rotationSwitchedOff = (name: string) =>
  new ScopedKeysRuntimeError("SK333", {
    subject: `key "${name}"`,
    problem: "rotation of its secret is switched off, and nothing was rotated",
    remedy: "Plan and apply the stack: that switches rotation on again",
  });

export const notRotated = (name: string) =>
  new ScopedKeysRuntimeError("SK285", {
    subject: `key "${name}"`,
    problem: "it is declared without rotation, and nothing was rotated",
    remedy: `Declare it with Lifetime.rotating, or replace it at once: scoped-keys revoke ${name} --now`,
  });

export const rotationRefused = (name: string, evidence: string) =>
  new ScopedKeysRuntimeError(
    "SK334",
    {
      subject: `key "${name}"`,
      problem: `Secrets Manager did not start a rotation (${evidence})`,
      remedy:
        "Where one is under way, wait for it (scoped-keys status shows it); else use credentials with secretsmanager:RotateSecret and DescribeSecret",
    },
    { retryable: true },
  );

export const notRotatedYet = (name: string, version: string, minutes: number) =>
  new ScopedKeysRuntimeError(
    "SK335",
    {
      subject: `key "${name}"`,
      problem: `after ${minutes} minutes the new value (version ${version}) is not in use; the current one stays`,
      remedy: `Secrets Manager goes on trying. Read why it fails in the log of the issuer's controller, and look again: scoped-keys status ${name}`,
    },
    { retryable: true },
  );
