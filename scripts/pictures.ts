// Writes the pictures of README. `npm run pictures`; with `--check`, changes nothing and fails
// where one is out of date. With `--record`, the recording is made anew from a demo's output:
// `npm run --silent demo | npm run pictures -- --record`.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { overview } from "./pictures/overview";
import { recording, transcriptOf } from "./pictures/recording";

const ROOT = join(__dirname, "..");
/** What a demo printed, step by step. */
export const TRANSCRIPT = "scripts/pictures/demo.txt";

/** Path -> text, of every picture. */
export function pictures(): Record<string, string> {
  return {
    "docs/images/overview.svg": overview(),
    "docs/images/demo.svg": recording(readFileSync(join(ROOT, TRANSCRIPT), "utf8")),
  };
}

async function main(): Promise<void> {
  if (process.argv.includes("--record")) {
    writeFileSync(join(ROOT, TRANSCRIPT), transcriptOf(await text(process.stdin)));
  }
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

if (require.main === module) void main();
