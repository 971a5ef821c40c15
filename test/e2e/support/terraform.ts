import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseInvocation } from "../../../src/sandbox/terraform/invocation";
import { providerToShare } from "../../../src/sandbox/terraform/kept-providers/borrow";
import type { World } from "./world";

export interface TerraformOptions {
  readonly args?: readonly string[];
  /** On top of the sandbox's environment, e.g. `TF_LOG`. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface TerraformResult {
  /** -1 where a signal ended it. */
  readonly exitCode: number;
  /**
   * What it printed on both streams, without colours, line breaks and frames of its boxes: one
   * blank where there were many.
   */
  readonly text: string;
  /** The same as it was printed. */
  readonly raw: string;
}

export interface TerraformRun {
  /**
   * SIGKILL for Terraform and its providers, as when an agent is cancelled. Never in the middle of
   * a write of the state file: Terraform's local backend does not write in one piece, and a state
   * cut off there is lost; remote backends keep the one before.
   */
  kill(stateFile: string): Promise<void>;
  readonly ended: Promise<TerraformResult>;
}

const WRITE_MILLIS = 5;

function isWhole(stateFile: string): boolean {
  try {
    JSON.parse(readFileSync(stateFile, "utf8"));
    return true;
  } catch {
    return false;
  }
}

/** As `startTerraform`, to its end, with a provider that may have served a call before. */
export async function runTerraform(
  world: World,
  folder: string,
  command: readonly string[],
  options: TerraformOptions = {},
): Promise<TerraformResult> {
  const { sandbox } = world;
  const invocation = parseInvocation(command, folder, {});
  const dataFolder = join(folder, ".terraform");
  const environment = { ...sandbox.environment, ...options.environment };
  const binary = providerToShare({ invocation, isTofu: false, dataFolder, environment });
  const lent = binary === undefined ? undefined : await sandbox.providers.lend({ binary, folder, environment });
  try {
    const own = { ...options.environment, ...lent?.environment };
    return await startTerraform(world, folder, command, { ...options, environment: own }).ended;
  } finally {
    lent?.release();
  }
}

/**
 * Starts the real binary in a folder, with the sandbox's environment. It ends with the sandbox at
 * the latest.
 */
export function startTerraform(
  { sandbox, tools }: World,
  folder: string,
  command: readonly string[],
  { args = [], environment = {} }: TerraformOptions = {},
): TerraformRun {
  const child = sandbox.guard.spawn(tools.terraform, [...command, "-no-color", ...args], {
    cwd: folder,
    env: { ...sandbox.environment, TF_IN_AUTOMATION: "1", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<TerraformResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      const raw = Buffer.concat(chunks).toString("utf8");
      resolve({ exitCode: code ?? -1, text: unwrapped(raw), raw });
    });
  });
  return {
    kill: async (stateFile) => {
      const signal = (name: NodeJS.Signals) => {
        try {
          if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, name);
        } catch {
          // It ended by itself at this moment; the caller sees that in the exit code.
        }
      };
      for (signal("SIGSTOP"); !isWhole(stateFile); signal("SIGSTOP")) {
        signal("SIGCONT");
        await new Promise((resolve) => setTimeout(resolve, WRITE_MILLIS));
      }
      signal("SIGKILL");
    },
    ended,
  };
}

/**
 * Terraform breaks long sentences into lines of 78 characters, in boxes; a test wants to read the
 * sentence.
 */
function unwrapped(raw: string): string {
  return raw.replace(/^[│╷╵]/gm, "").replace(/\s+/g, " ");
}
