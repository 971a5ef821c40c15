import { existsSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { nearest } from "../../model/nearest";
import { noStacks, noSuchStack } from "./errors";

export interface Stack {
  readonly name: string;
  /** Where Terraform runs. */
  readonly folder: string;
}

/** @param wanted names; all without any. Throws SK320, SK321. */
export function findStacks(folder: string, wanted: readonly string[]): Stack[] {
  const stacks = stacksIn(resolve(folder));
  if (stacks.length === 0) throw noStacks(folder);
  const names = stacks.map(({ name }) => name);
  for (const name of wanted) {
    if (!names.includes(name)) throw noSuchStack(name, names, nearest(name, names));
  }
  return wanted.length === 0 ? stacks : stacks.filter(({ name }) => wanted.includes(name));
}

function stacksIn(folder: string): Stack[] {
  const synthesised = join(folder, "stacks");
  const below = existsSync(synthesised) ? readdirSync(synthesised).sort() : [];
  const stacks = below.map((name) => ({ name, folder: join(synthesised, name) })).filter((s) => hasCode(s.folder));
  if (stacks.length > 0) return stacks;
  return hasCode(folder) ? [{ name: basename(folder), folder }] : [];
}

function hasCode(folder: string): boolean {
  if (!existsSync(folder)) return false;
  return readdirSync(folder).some((name) => name.endsWith(".tf") || name.endsWith(".tf.json"));
}
