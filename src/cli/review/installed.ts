import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

const MODULES = "node_modules";

/**
 * Lets code in another tree of the same repository find what is installed, or generated, in this
 * one. Folders are made anew and hold a link for each entry, so that whoever clears them in the
 * other tree clears links; a package of the repository itself is the other tree's own.
 * @param folder path in the repository
 */
export function linkInstalled(top: string, tree: string, folder: string): void {
  const here = join(top, folder);
  const there = join(tree, folder);
  if (!existsSync(here) || isThere(there)) return;
  mkdirSync(there, { recursive: true });
  for (const entry of readdirSync(here)) {
    const path = join(folder, entry);
    if (folder.endsWith(MODULES) && entry.startsWith("@")) linkInstalled(top, tree, path);
    else linkEntry(top, tree, path);
  }
}

/** A link that leads nowhere is in nobody's way. */
function isThere(path: string): boolean {
  if (existsSync(path)) return true;
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) rmSync(path);
  return false;
}

function linkEntry(top: string, tree: string, path: string): void {
  const here = join(top, path);
  const root = realpathSync(top);
  // A package that only the other tree has: its link leads nowhere here.
  const real = existsSync(here) ? realpathSync(here) : resolve(root, dirname(path), readlinkSync(here));
  const inside = relative(root, real);
  const isOwn = path.includes(MODULES) && !inside.startsWith("..") && !inside.split(sep).includes(MODULES);
  // The other tree may not have the package: whoever needs it says so.
  symlinkSync(isOwn ? join(tree, inside) : real, join(tree, path), "junction");
  if (isOwn) linkInstalled(top, tree, join(inside, MODULES));
}
