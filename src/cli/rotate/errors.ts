import { ScopedKeysRuntimeError } from "../../model/errors";

export const manualKey = (name: string) =>
  new ScopedKeysRuntimeError("SK332", {
    subject: `key "${name}"`,
    problem: "its vendor has no API for creating keys. Nothing was rotated",
    remedy: `Create a key in the vendor's console and hand it over: scoped-keys adopt ${name}`,
  });

export const rotationSwitchedOff = (name: string) =>
  new ScopedKeysRuntimeError("SK333", {
    subject: `key "${name}"`,
    problem: "rotation of its secret is switched off. Nothing was rotated",
    remedy: "Plan and apply the stack. That switches rotation on again",
  });

export const notRotated = (name: string) =>
  new ScopedKeysRuntimeError("SK285", {
    subject: `key "${name}"`,
    problem: "the key is declared without rotation. Nothing was rotated",
    remedy: `Declare it with Lifetime.rotating, or replace it at once: scoped-keys revoke ${name} --now`,
  });

export const rotationRefused = (name: string, evidence: string) =>
  new ScopedKeysRuntimeError(
    "SK334",
    {
      subject: `key "${name}"`,
      problem: `Secrets Manager did not start a rotation (${evidence})`,
      remedy:
        "If a rotation is already running, wait for its end (scoped-keys status shows it). Otherwise use credentials with secretsmanager:RotateSecret and DescribeSecret",
    },
    { retryable: true },
  );

export const notRotatedYet = (name: string, version: string, minutes: number) =>
  new ScopedKeysRuntimeError(
    "SK335",
    {
      subject: `key "${name}"`,
      problem: `after ${minutes} minutes the new value (version ${version}) is not in use. The current one stays in use`,
      remedy: `Secrets Manager keeps trying. The log of the issuer's controller says why it fails. Check again: scoped-keys status ${name}`,
    },
    { retryable: true },
  );
