import type { Printer } from "../../output/streams";
import type { Sandbox } from "../../sandbox";
import { startSandbox } from "../../sandbox";
import { findToolchain, ToolchainError } from "../../sandbox/toolchain/toolchain";
import { Secrets } from "./aws";
import { Unexpected } from "./expectation";
import { Narrator } from "./narrator";
import { OpenAi } from "./openai";
import { Programs } from "./programs";
import { tellStory } from "./story";
import { Workspace } from "./workspace";

export interface DemoOptions {
  readonly projectRoot: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly out: Printer;
  /** Ends the demo early. */
  readonly signal: AbortSignal;
}

export type DemoOutcome = "shown" | "failed" | "interrupted";

/**
 * Tells the story from an empty sandbox to an empty sandbox. Leaves no process and no folder
 * behind, however it ends.
 */
export async function runDemo({ projectRoot, environment, out, signal }: DemoOptions): Promise<DemoOutcome> {
  const startedAt = performance.now();
  const narrator = new Narrator(out, environment);
  const closers: Array<() => Promise<void> | void> = [];
  const interrupted = new Promise<"interrupted">((resolve) => {
    signal.addEventListener("abort", () => resolve("interrupted"));
  });
  const story = async (): Promise<DemoOutcome> => {
    narrator.plain(
      "Two keys from declaration to destruction, against a local stand-in for AWS and OpenAI. No account is needed.",
    );
    const tools = await findToolchain({
      projectRoot,
      environment,
      platform: process.platform,
      arch: process.arch,
      onInstall: (what) => narrator.plain(`Installing ${what} for this project alone, once …`),
    });
    const workspace = new Workspace(projectRoot);
    closers.push(() => workspace.remove());
    const sandbox = await narrator.waiting(
      startSandbox({ tools, inherited: environment, guardTerraform: true, keepProvider: true }),
    );
    closers.push(() => sandbox.stop());
    sandbox.guard.removeWithRun(workspace.folder);
    if (signal.aborted) return "interrupted";
    const secrets = new Secrets(sandbox.exports);
    closers.push(() => secrets.close());
    narrator.plain(`The commands run in ${workspace.shownFolder}, a copy of examples/quickstart that goes at the end.`);
    await tellStory({
      narrator,
      sandbox,
      workspace,
      secrets,
      openai: openAiOf(sandbox),
      programs: new Programs({
        sandbox,
        narrator,
        projectRoot,
        terraform: tools.terraform,
        folder: workspace.folder,
      }),
    });
    return "shown";
  };

  const ended = story().catch((error: unknown): DemoOutcome => {
    if (!signal.aborted) narrator.plain(`\n${reasonOf(error, narrator.steps)}`);
    return "failed";
  });
  const outcome = await Promise.race([ended, interrupted]);
  for (const close of closers.splice(0).reverse()) await close();
  if (outcome === "shown") {
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    narrator.plain(`\nAll ${narrator.steps} steps showed what they must, in ${seconds} s.`);
  }
  return outcome;
}

function openAiOf({ exports }: Sandbox): OpenAi {
  return new OpenAi(
    exports["SANDBOX_OPENAI_URL"] ?? "",
    exports["SANDBOX_OPENAI_ADMIN_KEY"] ?? "",
    exports["OPENAI_PROJECT_ID"] ?? "",
  );
}

function reasonOf(error: unknown, step: number): string {
  if (error instanceof ToolchainError) return error.message;
  if (error instanceof Unexpected)
    return `Step ${step} failed.\n  expected: ${error.expected}\n  found:    ${error.found}`;
  return `Step ${step} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
