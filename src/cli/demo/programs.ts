import { basename, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Sandbox } from "../../sandbox";
import { withoutFrames } from "./excerpt";
import { expectSame, Unexpected } from "./expectation";
import type { Narrator } from "./narrator";

export interface ProgramsOptions {
  readonly sandbox: Sandbox;
  readonly narrator: Narrator;
  readonly projectRoot: string;
  /** Path of terraform or tofu. */
  readonly terraform: string;
  /** Where the commands run. */
  readonly folder: string;
}

const STACK_FOLDER = "cdktf.out/stacks/ai-keys";

/** Runs cdktf and Terraform in the sandbox's environment. */
export class Programs {
  constructor(private readonly options: ProgramsOptions) {}

  /** @returns the lines it printed. */
  async cdktf(...args: readonly string[]): Promise<string[]> {
    const { narrator, projectRoot } = this.options;
    // The folder is thrown away, so it needs no checksums of the provider for other platforms.
    const all = [...args, "--skip-provider-lock"];
    narrator.command(`npx cdktf ${all.join(" ")}`);
    const script = join(projectRoot, "node_modules/cdktf-cli/bundle/bin/cdktf");
    const { exitCode, output } = await this.#run(process.execPath, [script, ...all]);
    const lines = withoutFrames(output);
    if (exitCode !== 0) throw new Unexpected("exit code 0", `exit code ${exitCode}\n${tail(lines)}`);
    return lines;
  }

  /**
   * @param expected exit code: with `-detailed-exitcode` 0 means no changes and 2 changes. @returns
   * the lines it printed.
   */
  async terraform(expected: number, ...args: readonly string[]): Promise<string[]> {
    const { narrator, terraform } = this.options;
    const all = [`-chdir=${STACK_FOLDER}`, ...args];
    narrator.command(`${basename(terraform, ".exe")} ${all.join(" ")}`);
    const { exitCode, output } = await this.#run(basename(terraform), all);
    const lines = output.split(/\r?\n/);
    if (exitCode !== expected) throw new Unexpected(`exit code ${expected}`, `exit code ${exitCode}\n${tail(lines)}`);
    return lines;
  }

  async plan(expected: 0 | 2, ...args: readonly string[]): Promise<string[]> {
    const lines = await this.terraform(expected, "plan", "-detailed-exitcode", ...args);
    const said = lines.some((line) => stripVTControlCharacters(line).startsWith("No changes."));
    expectSame("a plan that says that there are no changes", said, expected === 0);
    return lines;
  }

  async #run(program: string, args: readonly string[]): Promise<{ exitCode: number; output: string }> {
    const { sandbox, narrator, terraform, folder } = this.options;
    const env = { ...sandbox.environment, TERRAFORM_BINARY_NAME: basename(terraform) };
    const child = sandbox.guard.spawn(program, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const ended = new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? 1));
    });
    return { exitCode: await narrator.waiting(ended), output };
  }
}

function tail(lines: readonly string[]): string {
  return lines
    .map(stripVTControlCharacters)
    .filter((line) => line.trim() !== "")
    .slice(-40)
    .join("\n");
}
