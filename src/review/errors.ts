import { ScopedKeysRuntimeError, WRONG_ARGUMENTS } from "../model/errors";
import { WITHOUT_WRAPPER, WRAPPER_WORDS } from "../model/wrapped-output";

/**
 * What a reviewer sees in the terminal. Input that cannot be reviewed is refused, never half read.
 */

export const notReadable = (what: string, evidence: string) =>
  new ScopedKeysRuntimeError(
    "SK310",
    {
      subject: what,
      problem: `the input cannot be read (${evidence})`,
      remedy: "Name an existing file or folder, or - for standard input",
    },
    WRONG_ARGUMENTS,
  );

export const notJson = (what: string, evidence: string) =>
  new ScopedKeysRuntimeError("SK311", {
    subject: what,
    problem: `the input is not complete JSON (${evidence})`,
    remedy: "Write the file again, and check that the command succeeds: terraform show -json FILE",
  });

export const notAPlan = (what: string, given: string) =>
  new ScopedKeysRuntimeError("SK312", {
    subject: what,
    problem: "the input is not a plan that can be reviewed",
    given,
    allowed: "the output of `terraform show -json FILE` or `tofu show -json FILE` for a plan saved with -out=FILE",
    remedy: "Run terraform plan -out=FILE, then terraform show -json FILE",
  });

export const wrappedPlan = (what: string) =>
  new ScopedKeysRuntimeError("SK283", {
    subject: what,
    problem: "the input is not a plan that can be reviewed",
    given: WRAPPER_WORDS,
    allowed: "the output of Terraform itself",
    remedy: WITHOUT_WRAPPER,
  });

export const tooLarge = (what: string, maximumMegabytes: number) =>
  new ScopedKeysRuntimeError("SK313", {
    subject: what,
    problem: "the input is too large",
    allowed: `at most ${maximumMegabytes} MB`,
    remedy: "Review one stack at a time",
  });

export const notSynthesised = (what: string, given: string) =>
  new ScopedKeysRuntimeError("SK314", {
    subject: what,
    problem: "the folder is not output of `cdktf synth`",
    given,
    allowed: "a folder with manifest.json, such as cdktf.out, or one stack's folder with cdk.tf.json",
    remedy: "Run cdktf synth for both sides, each into its own folder (cdktf synth --output FOLDER)",
  });

export const noRepository = (folder: string, evidence: string) =>
  new ScopedKeysRuntimeError(
    "SK284",
    {
      subject: folder,
      problem: `the folder is not in a git repository that can be read (${evidence})`,
      remedy: "Run the command in the folder of cdktf.json, inside the repository",
    },
    WRONG_ARGUMENTS,
  );

export const noCommit = (ref: string) =>
  new ScopedKeysRuntimeError(
    "SK315",
    {
      subject: ref,
      problem: "this is not a commit of the repository",
      allowed: "a branch, a tag, or any other name that git rev-parse understands",
      remedy: "Fetch the commit first. Pipelines often clone a single commit: set fetch-depth: 0",
    },
    WRONG_ARGUMENTS,
  );

export const noApp = (ref: string, given: string) =>
  new ScopedKeysRuntimeError("SK316", {
    subject: ref,
    problem: "the commit has no app to synthesise",
    given,
    remedy: "Run the command in the folder of cdktf.json, and name commits that contain that file",
  });

export const notSynthesisedAt = (ref: string, evidence: string) =>
  new ScopedKeysRuntimeError("SK317", {
    subject: ref,
    problem: `the app of this commit does not synthesise: ${evidence}`,
    remedy: evidence.includes("SK176")
      ? "Its guardrails refuse it, for example because an exception has ended since. Review a plan instead: that needs the state, not the old code"
      : "Check out that commit, install its dependencies and run cdktf synth there. Then review the two folders",
  });

/** @param where in it, in words */
export const memberTwice = (what: string, where: string) =>
  new ScopedKeysRuntimeError("SK318", {
    subject: what,
    problem: `an object of its JSON has the same name twice (${where}), and programs differ in which of the two they use`,
    remedy: "Remove one of the two. cdktf synth and terraform show never write such JSON, so find out who changed it",
  });
