import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import * as v from "valibot";
import type { AccessKey } from "../journal/callers";
import { builtScript } from "../processes/built-script";
import { quoted } from "../processes/shell";
import { executableOn } from "./on-path";

export interface GuardOptions {
  /** Of the run; its name is the run's. */
  readonly folder: string;
  /** Path of the real terraform or tofu. */
  readonly terraform: string;
  /** `PATH` of the commands. */
  readonly path: string;
  /** What Terraform signs with where it came through the guard. */
  readonly key: AccessKey;
  /** Where a call asks for a provider that runs already; undefined where each starts its own. */
  readonly providersUrl: string | undefined;
}

export interface Guard {
  /** To be put first on `PATH`. */
  readonly folder: string;
  /** Stands for the real binary: `TERRAFORM_BINARY_NAME`. */
  readonly terraform: string;
}

/** Written by the guard's installer, read by its script. */
export const SETTINGS_FILE = join("terraform", "settings.json");
export const settingsSchema = v.object({
  key: v.object({ accessKeyId: v.string(), secretAccessKey: v.string() }),
  providersUrl: v.optional(v.string()),
});

/**
 * Puts a `terraform` and a `tofu` into the run's folder that look at each call before they hand it
 * to the real one.
 */
export function installGuard({ folder, terraform, path, key, providersUrl }: GuardOptions): Guard {
  const bin = join(folder, "terraform", "bin");
  mkdirSync(bin, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, SETTINGS_FILE), JSON.stringify({ key, providersUrl }), { mode: 0o600 });
  const own = basename(terraform);
  const real = new Map([[own, terraform]]);
  for (const name of ["terraform", "tofu"]) {
    const found = real.has(name) ? undefined : executableOn(path.split(delimiter), name);
    if (found !== undefined) real.set(name, found);
  }
  for (const [name, file] of real) {
    writeFileSync(join(bin, name), shim(folder, file, name === "tofu"));
    chmodSync(join(bin, name), 0o700);
  }
  return { folder: bin, terraform: join(bin, own) };
}

/**
 * The shell gives way to the real binary, which so gets every signal and the terminal as if it had
 * been called itself.
 */
function shim(runFolder: string, real: string, tofu: boolean): string {
  const check = [process.execPath, builtScript("terraform/main"), runFolder, tofu ? "tofu" : "terraform"];
  return `#!/bin/sh
settings=$(NODE_OPTIONS= ${check.map(quoted).join(" ")} "$@" </dev/null) || exit 1
eval "$settings"
exec ${quoted(real)} "$@"
`;
}
