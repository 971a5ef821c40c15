import { ScopedKeysRuntimeError } from "../model/errors";

/** What a reviewer meets in the terminal: input that cannot be reviewed is refused, never half read. */

export const notReadable = (what: string, evidence: string) =>
  new ScopedKeysRuntimeError("SK310", {
    subject: what,
    problem: `it cannot be read (${evidence})`,
    remedy: "Name a file or folder that exists, or - for standard input",
  });

export const notJson = (what: string, evidence: string) =>
  new ScopedKeysRuntimeError("SK311", {
    subject: what,
    problem: `it is no complete JSON (${evidence})`,
    remedy: "Write it again, and look whether the command that wrote it succeeded: terraform show -json FILE",
  });

export const notAPlan = (what: string, given: string) =>
  new ScopedKeysRuntimeError("SK312", {
    subject: what,
    problem: "it is no plan that can be reviewed",
    given,
    allowed: "what `terraform show -json FILE` or `tofu show -json FILE` prints of a plan saved with -out=FILE",
    remedy: "terraform plan -out=FILE, then terraform show -json FILE",
  });

export const tooLarge = (what: string, maximumMegabytes: number) =>
  new ScopedKeysRuntimeError("SK313", {
    subject: what,
    problem: "it is larger than anything that is read",
    allowed: `at most ${maximumMegabytes} MB`,
    remedy: "Review one stack at a time",
  });

export const notSynthesised = (what: string, given: string) =>
  new ScopedKeysRuntimeError("SK314", {
    subject: what,
    problem: "it is no folder that `cdktf synth` wrote",
    given,
    allowed: "a folder with manifest.json, such as cdktf.out, or one stack's folder with cdk.tf.json",
    remedy: "Run cdktf synth for both sides, each into a folder of its own (cdktf synth --output FOLDER)",
  });
