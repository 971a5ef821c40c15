import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, type TerraformStack } from "cdktf";
import { newStack } from "../constructs/support";

export type Declare = (stack: TerraformStack) => void;

const folders: string[] = [];

/** Synthesises a stack as `cdktf synth` does. @returns the folder */
export function synthesised(declare: Declare, id = "ai-keys"): string {
  const outdir = mkdtempSync(join(tmpdir(), "review-"));
  folders.push(outdir);
  const app = new App({ outdir, skipValidation: false });
  declare(newStack(app, id));
  app.synth();
  return outdir;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
}
