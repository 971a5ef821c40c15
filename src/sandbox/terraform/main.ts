/**
 * Looks at a call of Terraform in the sandbox, in a process of its own. Prints what the call is to
 * find in its environment, as lines of a shell, or says why it is refused and ends with 1.
 * Arguments: folder of the run, `terraform` or `tofu`, arguments of the call.
 */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { ScopedKeysRuntimeError } from "../../model/errors";
import { tell } from "../../output/streams";
import { lines } from "../../output/terminal";
import { runIdOf } from "../processes/run-folder";
import { quoted } from "../processes/shell";
import { checkInvocation } from "./check";
import { SETTINGS_FILE, settingsSchema } from "./guard";
import { type Invocation, parseInvocation } from "./invocation";
import { borrowProvider } from "./kept-providers/borrow";
import { socketFolder } from "./kept-providers/socket-folder";

async function main([runFolder = "", binary = "", ...args]: readonly string[]): Promise<void> {
  const { env } = process;
  const invocation = parseInvocation(args, process.cwd(), env);
  const dataFolder = dataFolderOf(runFolder, invocation.folder);
  const run = { id: runIdOf(runFolder), folder: runFolder, tofu: binary === "tofu" };
  checkInvocation(invocation, run, dataFolder, env);
  shareProviders(dataFolder, invocation);
  // The shell that started this becomes Terraform and keeps its id: the end of the run waits for
  // it.
  mkdirSync(join(runFolder, "terraform", "processes"), { recursive: true, mode: 0o700 });
  writeFileSync(join(runFolder, "terraform", "processes", String(process.ppid)), "");
  const { key, providersUrl } = v.parse(
    settingsSchema,
    JSON.parse(readFileSync(join(runFolder, SETTINGS_FILE), "utf8")),
  );
  const own = {
    TF_DATA_DIR: dataFolder,
    ...socketFolder(runFolder),
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
  };
  const { AWS_SESSION_TOKEN: _, ...inherited } = env;
  const environment = { ...inherited, ...own };
  const kept =
    providersUrl === undefined
      ? {}
      : await borrowProvider({ url: providersUrl, invocation, isTofu: run.tofu, dataFolder, environment });
  const settings = { ...own, ...kept };
  // Of keys that the command was handed itself, a session token would be left over.
  console.log("unset AWS_SESSION_TOKEN");
  for (const [name, value] of Object.entries(settings)) console.log(`export ${name}=${quoted(value)}`);
}

/**
 * Of the run alone, for each working folder: what `init` and `workspace select` note there never
 * meets `.terraform`.
 */
function dataFolderOf(runFolder: string, folder: string): string {
  const name = createHash("sha256").update(real(folder)).digest("hex").slice(0, 16);
  return join(runFolder, "terraform", "data", name);
}

function real(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

/**
 * Providers are large and no state, so they stay in `.terraform` of the working folder, as without
 * the sandbox.
 */
function shareProviders(dataFolder: string, { folder, command }: Invocation): void {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const link = join(dataFolder, "providers");
  if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) return;
  const kept = join(real(folder), ".terraform", "providers");
  try {
    if (command === "init") mkdirSync(kept, { recursive: true });
    else if (lstatSync(kept, { throwIfNoEntry: false }) === undefined) return;
  } catch {
    // A folder that nobody may write to: the providers go into the run's own.
    return;
  }
  symlinkSync(kept, link);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const message =
    error instanceof ScopedKeysRuntimeError ? error.message : `the guard of Terraform failed: ${String(error)}`;
  tell(lines(`scoped-keys: ${message}`));
  process.exitCode = 1;
});
