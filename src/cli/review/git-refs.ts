import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { redact } from "../../model/redact";
import { strictJson } from "../../model/strict-json";
import { noApp, noCommit, noRepository, notSynthesisedAt } from "../../review/errors";
import { type Captured, captured, capturedShell } from "../captured";
import { isMissing } from "../evidence";
import { linkInstalled } from "./installed";

/** Two folders that were synthesised, and what the reader has to know of how. */
export interface SynthesisedRefs {
  readonly before: string;
  readonly after: string;
  /** Folders that the app ran in. */
  readonly ranIn: { readonly before: string; readonly after: string };
  readonly notes: readonly string[];
}

const CONFIG = "cdktf.json";
const configSchema = v.pipe(
  v.string(),
  strictJson(),
  v.object({
    app: v.string(),
    codeMakerOutput: v.optional(v.string(), ".gen"),
    context: v.optional(v.record(v.string(), v.unknown())),
  }),
);
const EVIDENCE_MAX_LENGTH = 2_000;
const LOCK_FILES = ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml"];

/**
 * Synthesises the app of this folder as it is at two commits, with the dependencies that are
 * installed here. Nothing in the repository is touched, its index and its worktrees neither; what
 * is made goes when `use` has ended.
 * @param after undefined: the working tree as it stands
 * Throws SK284, SK315, SK316 or SK317.
 */
export async function withRefs<T>(
  before: string,
  after: string | undefined,
  signal: AbortSignal,
  use: (refs: SynthesisedRefs) => T,
): Promise<T> {
  const repository = await Repository.around(process.cwd(), signal);
  const [old, young] = [
    await repository.commit(before),
    after === undefined ? undefined : await repository.commit(after),
  ];
  // What is synthesised may hold what is nobody else's business.
  const folder = mkdtempSync(join(tmpdir(), "scoped-keys-review-"));
  try {
    const sides = [
      { ref: before, commit: old, folder: join(folder, "before") },
      { ref: after ?? "the working tree", commit: young, folder: join(folder, "after") },
    ];
    const made: Array<{ readonly outdir: string; readonly ranIn: string }> = [];
    // One by one: an app may use all the memory that there is.
    for (const side of sides) made.push(await repository.synthesised(side));
    const [first = NOTHING_MADE, second = NOTHING_MADE] = made;
    return use({
      before: first.outdir,
      after: second.outdir,
      ranIn: { before: first.ranIn, after: second.ranIn },
      notes: await repository.notes(old, young),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const NOTHING_MADE = { outdir: "", ranIn: "" };

interface Side {
  readonly ref: string;
  /** Undefined: the working tree. */
  readonly commit: string | undefined;
  readonly folder: string;
}

class Repository {
  private constructor(
    private readonly top: string,
    /** Path of the app's folder in the repository; empty, or with a slash at its end. */
    private readonly prefix: string,
    private readonly signal: AbortSignal,
  ) {}

  static async around(folder: string, signal: AbortSignal): Promise<Repository> {
    const answer = await git(folder, signal, ["rev-parse", "--show-toplevel", "--show-prefix"]);
    if (answer.exitCode !== 0) throw noRepository(folder, said(answer));
    const [top = "", prefix = ""] = answer.stdout.split("\n");
    return new Repository(top, prefix, signal);
  }

  async commit(ref: string): Promise<string> {
    const { exitCode, stdout } = await this.#git([
      "rev-parse",
      "--verify",
      "--quiet",
      "--end-of-options",
      `${ref}^{commit}`,
    ]);
    const commit = stdout.trim();
    if (exitCode !== 0 || !/^[0-9a-f]{40,64}$/.test(commit)) throw noCommit(ref);
    return commit;
  }

  /** @returns the folder that the app wrote, and the one that it ran in */
  async synthesised({ ref, commit, folder }: Side): Promise<{ readonly outdir: string; readonly ranIn: string }> {
    mkdirSync(folder);
    const tree = commit === undefined ? this.top : join(folder, "tree");
    const app = join(tree, this.prefix);
    if (commit !== undefined) await this.#checkOut(commit, folder, tree);
    const config = configOf(ref, join(app, CONFIG));
    if (commit !== undefined) this.#link(tree, config.codeMakerOutput);
    const outdir = join(folder, "cdktf.out");
    const context = config.context === undefined ? {} : { CDKTF_CONTEXT_JSON: JSON.stringify(config.context) };
    const env = { ...outside(process.env), ...context, CDKTF_OUTDIR: outdir };
    const ended = await capturedShell(config.app, { cwd: app, env, signal: this.signal });
    this.signal.throwIfAborted();
    if (ended.exitCode !== 0) throw notSynthesisedAt(ref, `${config.app}: ${said(ended)}`);
    if (!existsSync(join(outdir, "manifest.json")))
      throw notSynthesisedAt(ref, `${config.app}: it wrote no manifest.json`);
    return { outdir, ranIn: app };
  }

  async notes(before: string, after: string | undefined): Promise<string[]> {
    const commits = after === undefined ? [before] : [before, after];
    const files = LOCK_FILES.map((name) => `:(top,glob)**/${name}`);
    const { exitCode, stdout } = await this.#git(["diff", "--name-only", ...commits, "--", ...files]);
    if (exitCode !== 0) return ["It is not known whether the two sides need the same dependencies."];
    const changed = stdout.split("\n").filter((line) => line !== "");
    return changed.length === 0
      ? []
      : [
          `Both sides were synthesised with the dependencies installed here, although they differ: ${changed.join(", ")}.`,
        ];
  }

  async #checkOut(commit: string, folder: string, tree: string): Promise<void> {
    mkdirSync(tree);
    const env = { GIT_INDEX_FILE: join(folder, "index") };
    for (const args of [
      ["read-tree", commit],
      ["checkout-index", "--all", "--quiet", `--prefix=${tree}/`],
    ]) {
      const answer = await this.#git(args, env);
      if (answer.exitCode !== 0) throw notSynthesisedAt(commit, said(answer));
    }
  }

  /** What is installed or generated is in no commit. */
  #link(tree: string, generated: string): void {
    const parts = this.prefix.split("/").filter((part) => part !== "");
    const folders = ["", ...parts.map((_, i) => parts.slice(0, i + 1).join("/"))];
    for (const folder of folders) linkInstalled(this.top, tree, join(folder, "node_modules"));
    linkInstalled(this.top, tree, join(this.prefix, generated));
  }

  #git(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Captured> {
    return git(this.top, this.signal, args, env);
  }
}

async function git(
  cwd: string,
  signal: AbortSignal,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Captured> {
  try {
    return await captured("git", args, { cwd, signal, env: { ...outside(process.env), ...env } });
  } catch (error) {
    if (isMissing(error)) throw noRepository(cwd, "there is no git");
    throw error;
  }
}

/**
 * In hooks, aliases and rebases git says in variables what repository it works in, and reads them
 * before it looks where it is.
 */
function outside(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = Object.keys(environment).filter((name) => !REPOSITORY_VARIABLE.test(name));
  return Object.fromEntries(names.map((name) => [name, environment[name]]));
}

const REPOSITORY_VARIABLE =
  /^GIT_(?:DIR|WORK_TREE|IMPLICIT_WORK_TREE|INDEX_FILE|PREFIX|COMMON_DIR|NAMESPACE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|GRAFT_FILE|SHALLOW_FILE|(?:LITERAL|GLOB|NOGLOB|ICASE)_PATHSPECS)$/;

function configOf(ref: string, file: string): v.InferOutput<typeof configSchema> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (isMissing(error)) throw noApp(ref, `no ${CONFIG} in this folder`);
    throw error;
  }
  const parsed = v.safeParse(configSchema, text);
  if (!parsed.success) throw noApp(ref, `a ${CONFIG} without a command as its "app"`);
  return parsed.output;
}

/** The last words are the ones that say why. */
function said({ stderr, stdout, exitCode }: Captured): string {
  const text = redact((stderr.trim() || stdout.trim()).slice(-EVIDENCE_MAX_LENGTH));
  return text === "" ? `it ended with ${exitCode}` : text;
}
