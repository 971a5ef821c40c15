// Writes the pictures of README. `npm run pictures`; with `--check`, changes nothing and fails where one is out of date.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { overview } from "./pictures/overview";

const ROOT = join(__dirname, "..");

/** Path -> text, of every picture. */
export function pictures(): Record<string, string> {
  return { "docs/images/overview.svg": overview() };
}

function main(): void {
  const check = process.argv.includes("--check");
  for (const [path, picture] of Object.entries(pictures())) {
    const file = join(ROOT, path);
    if (existsSync(file) && readFileSync(file, "utf8") === picture) continue;
    if (check) {
      console.error(`${path} is out of date: npm run pictures`);
      process.exitCode = 1;
    } else {
      writeFileSync(file, picture);
    }
  }
}

if (require.main === module) main();
