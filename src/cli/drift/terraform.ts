import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { redact } from "../../model/redact";
import { strictJson } from "../../model/strict-json";
import { describeSeconds } from "../../model/units";
import { isWrapped, WITHOUT_WRAPPER, WRAPPER_WORDS } from "../../model/wrapped-output";
import { type Captured, captured } from "../captured";
import { isMissing } from "../evidence";
import { noTerraform } from "./errors";
import { type Plan, planSchema } from "./plan";
import type { Stack } from "./stacks";

const EVIDENCE_MAX_LENGTH = 2_000;

export type Planned =
  | { readonly plan: Plan /** Why it was not all looked at. */; readonly unlooked: readonly string[] }
  | { readonly failed: string };

/** Of the AWS provider, whose lines may break anywhere. */
const WAKES = /invoking\s+Lambda\s+Function\s[\s\S]*?StatusCode:\s+409\b/;
const WAKING_TRIES = 3;
/** A function that rests is awake again within a minute. */
const WAKING_MILLIS = 30_000;

const TOO_LONG = "the time limit";
/**
 * Arguments from the environment by which a plan looks away, or at something else; a plan's JSON
 * does not tell of all of them.
 */
const LOOKS_AWAY =
  /(?:^|\s)["']?--?(?:refresh(?:=["']?(?:false|0|f)\b|-only)|target|exclude|destroy|replace|state|out|generate-config-out)\S*/i;

/**
 * Terraform or OpenTofu. Of what it does nothing stays but `.terraform`, where a folder was never
 * initialised.
 */
export class Terraform {
  private constructor(
    private readonly binary: string,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly signal: AbortSignal,
    /** Between two tries. */
    private readonly wakingMillis: number,
  ) {}

  /** The first of the binaries that is there. Throws SK322. */
  static async find(
    binaries: readonly string[],
    environment: NodeJS.ProcessEnv,
    signal: AbortSignal,
    wakingMillis = WAKING_MILLIS,
  ): Promise<Terraform> {
    for (const binary of binaries) {
      const terraform = new Terraform(binary, environment, signal, wakingMillis);
      try {
        await terraform.#run(process.cwd(), ["version"]);
        return terraform;
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    throw noTerraform(binaries);
  }

  /**
   * Reads everything, writes no state and takes no lock. What takes longer than the limit is ended,
   * and told as failed.
   */
  async plan(stack: Stack, limitMillis: number): Promise<Planned> {
    const limit = new AbortController();
    const end = () => limit.abort(this.signal.reason);
    this.signal.addEventListener("abort", end);
    const timer = setTimeout(() => limit.abort(TOO_LONG), limitMillis);
    try {
      return await new Terraform(this.binary, this.environment, limit.signal, this.wakingMillis).#plan(stack);
    } catch (error) {
      if (limit.signal.reason !== TOO_LONG) throw error;
      const minutes = describeSeconds(Math.round(limitMillis / 1_000));
      return {
        failed:
          `terraform did not end within ${minutes} (--timeout). It retries forever if a function has no free concurrency: ` +
          "see docs/operations.md#a-plan-that-does-not-end",
      };
    } finally {
      clearTimeout(timer);
      this.signal.removeEventListener("abort", end);
    }
  }

  async #plan({ folder }: Stack): Promise<Planned> {
    if (!existsSync(join(folder, ".terraform"))) {
      const { exitCode, stdout, stderr } = await this.#run(folder, ["init", "-input=false", "-no-color"]);
      if (exitCode !== 0) return { failed: words("terraform init", stderr || stdout) };
    }
    // A plan file may hold what is sensitive of other resources: readable by nobody else, and gone
    // at the end.
    const own = mkdtempSync(join(tmpdir(), "scoped-keys-drift-"));
    try {
      const file = join(own, "plan");
      const planned = await this.#planInto(folder, file);
      if (planned.exitCode !== 0 && planned.exitCode !== 2) {
        return { failed: words("terraform plan", planned.stderr || planned.stdout) };
      }
      const shown = await this.#run(folder, ["show", "-json", "-no-color", file]);
      if (shown.exitCode !== 0) return { failed: words("terraform show", shown.stderr || shown.stdout) };
      const parsed = v.safeParse(v.pipe(v.string(), strictJson(), planSchema), shown.stdout);
      if (parsed.success) return { plan: parsed.output, unlooked: this.#unlooked() };
      if (isWrapped(shown.stdout)) return { failed: `terraform show: ${WRAPPER_WORDS}. ${WITHOUT_WRAPPER}` };
      return {
        failed: `terraform show: its JSON cannot be read at ${v.getDotPath(parsed.issues[0]) ?? "its start"}`,
      };
    } finally {
      rmSync(own, { recursive: true, force: true });
    }
  }

  /**
   * AWS answers 409 to the call that wakes a function which it has put to rest; Terraform does not
   * ask again.
   */
  async #planInto(folder: string, file: string): Promise<Captured> {
    const args = ["plan", "-input=false", "-no-color", "-lock=false", "-detailed-exitcode", `-out=${file}`];
    for (let tries = 1; ; tries += 1) {
      const planned = await this.#run(folder, args);
      if (tries === WAKING_TRIES || planned.exitCode !== 1 || !WAKES.test(planned.stderr)) return planned;
      await sleep(this.wakingMillis, undefined, { signal: this.signal });
    }
  }

  #unlooked(): string[] {
    return ["TF_CLI_ARGS", "TF_CLI_ARGS_plan"].flatMap((name) => {
      const found = LOOKS_AWAY.exec(this.environment[name] ?? "")?.[0].trim();
      return found === undefined ? [] : [`${name} contains ${redact(found)}: what it excludes was not checked`];
    });
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
