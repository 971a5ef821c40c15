import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * Path of a script of the sandbox that plain `node` can run. When the sandbox itself runs from
 * TypeScript (in tests), that is the one of the last build.
 */
export function builtScript(name: string): string {
  const candidates = [join(__dirname, "..", `${name}.js`), join(__dirname, "../../../lib/src/sandbox", `${name}.js`)];
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`The sandbox's ${name} script is not built: run "npm run build" first.`);
  return found;
}
