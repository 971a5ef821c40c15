import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { redact } from "../../model/redact";
import { strictJson } from "../../model/strict-json";
import { isWrapped, WITHOUT_WRAPPER, WRAPPER_WORDS } from "../../model/wrapped-output";
import { type Captured, captured } from "../captured";
import { isMissing } from "../evidence";
import { noTerraform } from "./errors";
import { type Plan, planSchema } from "./plan";
import type { Stack } from "./stacks";

const EVIDENCE_MAX_LENGTH = 2_000;

export type Planned = { readonly plan: Plan } | { readonly failed: string };

/** Terraform or OpenTofu. Of what it does nothing stays but `.terraform`, where a folder was never initialised. */
export class Terraform {
  private constructor(
    private readonly binary: string,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly signal: AbortSignal,
  ) {}

  /** The first of the binaries that is there. Throws SK322. */
  static async find(
    binaries: readonly string[],
    environment: NodeJS.ProcessEnv,
    signal: AbortSignal,
  ): Promise<Terraform> {
    for (const binary of binaries) {
      const terraform = new Terraform(binary, environment, signal);
      try {
        await terraform.#run(process.cwd(), ["version"]);
        return terraform;
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    throw noTerraform(binaries);
  }

  /** Reads everything, writes no state and takes no lock. */
  async plan({ folder }: Stack): Promise<Planned> {
    if (!existsSync(join(folder, ".terraform"))) {
      const { exitCode, stdout, stderr } = await this.#run(folder, ["init", "-input=false", "-no-color"]);
      if (exitCode !== 0) return { failed: words("terraform init", stderr || stdout) };
    }
    // A plan file may hold what is sensitive of other resources: readable by nobody else, and gone at the end.
    const own = mkdtempSync(join(tmpdir(), "scoped-keys-drift-"));
    try {
      const file = join(own, "plan");
      const planned = await this.#run(folder, [
        "plan",
        "-input=false",
        "-no-color",
        "-lock=false",
        "-detailed-exitcode",
        `-out=${file}`,
      ]);
      if (planned.exitCode !== 0 && planned.exitCode !== 2) {
        return { failed: words("terraform plan", planned.stderr || planned.stdout) };
      }
      const shown = await this.#run(folder, ["show", "-json", "-no-color", file]);
      if (shown.exitCode !== 0) return { failed: words("terraform show", shown.stderr || shown.stdout) };
      const parsed = v.safeParse(v.pipe(v.string(), strictJson(), planSchema), shown.stdout);
      if (parsed.success) return { plan: parsed.output };
      if (isWrapped(shown.stdout)) return { failed: `terraform show: ${WRAPPER_WORDS}. ${WITHOUT_WRAPPER}` };
      return {
        failed: `terraform show: its JSON is not understood at ${v.getDotPath(parsed.issues[0]) ?? "its start"}`,
      };
    } finally {
      rmSync(own, { recursive: true, force: true });
    }
  }

  #run(cwd: string, args: readonly string[]): Promise<Captured> {
    const { signal } = this;
    return captured(this.binary, args, { cwd, env: { ...this.environment, TF_IN_AUTOMATION: "1" }, signal });
  }
}

/** What it printed of an error, without the frame of its box. */
function words(command: string, text: string): string {
  const lines = text.split("\n").map((line) => line.replace(/^[╷│╵]\s?/, "").trim());
  const said = redact(lines.filter((line) => line !== "").join(" "));
  return `${command}: ${said.length > EVIDENCE_MAX_LENGTH ? `${said.slice(0, EVIDENCE_MAX_LENGTH)}…` : said}`;
}
