import { ScopedKeysRuntimeError, WRONG_ARGUMENTS } from "../model/errors";
import { WITHOUT_WRAPPER, WRAPPER_WORDS } from "../model/wrapped-output";

/** What a reviewer meets in the terminal: input that cannot be reviewed is refused, never half read. */

export const notReadable = (what: string, evidence: string) =>
  new ScopedKeysRuntimeError(
    "SK310",
    {
      subject: what,
      problem: `it cannot be read (${evidence})`,
      remedy: "Name a file or folder that exists, or - for standard input",
    },
    WRONG_ARGUMENTS,
  );

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

export const wrappedPlan = (what: string) =>
  new ScopedKeysRuntimeError("SK283", {
    subject: what,
    problem: "it is no plan that can be reviewed",
    given: WRAPPER_WORDS,
    allowed: "what Terraform itself prints",
    remedy: WITHOUT_WRAPPER,
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

export const noRepository = (folder: string, evidence: string) =>
  new ScopedKeysRuntimeError(
    "SK284",
    {
      subject: folder,
      problem: `it is in no git repository that can be read (${evidence})`,
      remedy: "Run it in the folder of cdktf.json, inside of the repository",
    },
    WRONG_ARGUMENTS,
  );

export const noCommit = (ref: string) =>
  new ScopedKeysRuntimeError(
    "SK315",
    {
      subject: ref,
      problem: "it names no commit of this repository",
      allowed: "a branch, a tag, or what else git rev-parse understands",
      remedy: "Fetch it first; pipelines often clone one commit alone (fetch-depth: 0)",
    },
    WRONG_ARGUMENTS,
  );

export const noApp = (ref: string, given: string) =>
  new ScopedKeysRuntimeError("SK316", {
    subject: ref,
    problem: "there is nothing to synthesise",
    given,
    remedy: "Run it in the folder of cdktf.json, and name commits that have it",
  });

export const notSynthesisedAt = (ref: string, evidence: string) =>
  new ScopedKeysRuntimeError("SK317", {
    subject: ref,
    problem: `its app does not synthesise: ${evidence}`,
    remedy: evidence.includes("SK176")
      ? "Its guardrails refuse it, e.g. since an exception has ended meanwhile: review a plan instead, which needs the state and not the old code"
      : "Check that commit out, install its dependencies and run cdktf synth there; then review the two folders",
  });

/** @param where in it, in words */
export const memberTwice = (what: string, where: string) =>
  new ScopedKeysRuntimeError("SK318", {
    subject: what,
    problem: `a name stands twice in one object of its JSON (${where}): programs differ in which of the two they believe`,
    remedy: "Remove one of the two. Neither cdktf synth nor terraform show writes such JSON: look who changed it",
  });
