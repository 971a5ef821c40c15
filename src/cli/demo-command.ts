import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { standardOutput, tell } from "../output/streams";
import { line } from "../output/terminal";
import { exitCodeOfSignal, Signals } from "./run-in-sandbox";

/**
 * Hidden from the help: it needs the repository's examples and tools, which the npm package does
 * not hold.
 */
export function registerDemoCommand(program: Command): void {
  program
    .command("demo", { hidden: true })
    .description("run the whole story of two keys in the sandbox")
    .action(async () => {
      process.exit(await demoCommand());
    });
}

/** @returns the exit code. */
async function demoCommand(): Promise<number> {
  const projectRoot = repositoryRoot();
  if (projectRoot === undefined) {
    tell(
      line("scoped-keys: the demo runs in a clone of the repository after `npm ci`; the npm package has no examples."),
    );
    return 1;
  }
  const interruption = new AbortController();
  const signals = new Signals();
  signals.listen((signal) => interruption.abort(signal));
  // Loaded late, so that --help answers at once.
  const { runDemo } = await import("./demo/run.js");
  const outcome = await runDemo({
    projectRoot,
    environment: process.env,
    out: standardOutput,
    signal: interruption.signal,
  });
  if (outcome !== "interrupted") return outcome === "shown" ? 0 : 1;
  return exitCodeOfSignal(interruption.signal.reason);
}

/** The sources and the build lie at different depths. */
export function repositoryRoot(folder: string = __dirname): string | undefined {
  const candidates = [join(folder, "../.."), join(folder, "../../..")];
  return candidates.find((folder) => NEEDED.every((path) => existsSync(join(folder, path))));
}

const NEEDED = ["package.json", "examples/quickstart/main.ts", "node_modules/cdktf-cli", "node_modules/tsx"];
