import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { isAbandoned, makeLivingFolder, removeFolder } from "../../sandbox/processes/run-folder";
import { Unexpected } from "./expectation";

const PREFIX = "demo-";
const NAME = /^demo-(\d+)-[A-Za-z0-9]{6}$/;

/**
 * A folder with a copy of the quickstart, a synthesis folder and a state of its own, so that
 * nothing of the user's is touched. It lies inside the project, where the package finds itself by
 * name, and other users cannot enter it.
 */
export class Workspace {
  readonly folder: string;
  /** As seen from the project's root. */
  readonly shownFolder: string;
  readonly #program: string;
  readonly #letGo: () => void;

  constructor(projectRoot: string) {
    const parent = join(projectRoot, ".sandbox");
    mkdirSync(parent, { recursive: true });
    removeAbandoned(parent);
    const { path, letGo } = makeLivingFolder(join(parent, PREFIX));
    this.folder = path;
    this.#letGo = letGo;
    this.shownFolder = relative(projectRoot, this.folder);
    this.#program = join(this.folder, "main.ts");
    writeFileSync(this.#program, readFileSync(join(projectRoot, "examples/quickstart/main.ts")));
    const settings = {
      language: "typescript",
      // As the cdktf.json of the root, without npx, which costs a second a time.
      app: "node ../../node_modules/tsx/dist/cli.mjs main.ts",
      projectId: "cdktf-scoped-keys-demo",
      sendCrashReports: "false",
    };
    writeFileSync(join(this.folder, "cdktf.json"), JSON.stringify(settings, undefined, 2));
  }

  /** Changes one line of the program. @returns the line before and after, without indentation */
  edit(from: string, to: string): { before: string; after: string } {
    const text = readFileSync(this.#program, "utf8");
    const before = text.split("\n").filter((line) => line.includes(from));
    if (before.length !== 1)
      throw new Unexpected(`one line with "${from}" in the quickstart`, `${before.length} lines`);
    writeFileSync(this.#program, text.replace(from, to));
    const line = before[0] ?? "";
    return { before: line.trim(), after: line.replace(from, to).trim() };
  }

  /** Text files that synthesis and Terraform wrote: configuration, state, plans. */
  writtenFiles(): string[] {
    const entries = readdirSync(this.folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && !entry.parentPath.includes(".terraform"))
      .map((entry) => join(entry.parentPath, entry.name));
  }

  remove(): void {
    this.#letGo();
    removeFolder(this.folder);
  }
}

/** Left by a demo that was killed together with its watchdog. */
function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = NAME.exec(name)?.[1];
    const folder = join(parent, name);
    if (pid !== undefined && isAbandoned(folder, Number(pid))) removeFolder(folder);
  }
}
