import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { excerpt, lastOf, withoutFrames } from "../../src/cli/demo/excerpt";
import { expectLine, expectSame, Unexpected } from "../../src/cli/demo/expectation";
import { lifeTable } from "../../src/cli/demo/life-table";
import { Narrator } from "../../src/cli/demo/narrator";
import { Workspace } from "../../src/cli/demo/workspace";
import { repositoryRoot } from "../../src/cli/demo-command";
import { createProgram } from "../../src/cli/program";

const ROOT = join(__dirname, "../..");

class Page {
  text = "";
  constructor(readonly isTTY: boolean) {}
  write(text: string): void {
    this.text += text;
  }
}

describe("excerpt", () => {
  test("keeps lines as they are and in order, and counts what it leaves out", () => {
    // GIVEN
    const lines = ["first", "", "  keep 1", "second", "third", "keep 2", "last"];

    // WHEN
    const parts = excerpt(lines, [/keep/]);

    // THEN
    expect(parts).toEqual([{ leftOut: 1 }, "  keep 1", { leftOut: 2 }, "keep 2", { leftOut: 1 }]);
  });

  test("keeps a range with both its ends, and begins again after it", () => {
    const lines = ["a", "from", "x", "to", "b", "from", "y", "to"];
    expect(excerpt(lines, [{ from: /^from$/, to: /^to$/ }])).toEqual([
      { leftOut: 1 },
      "from",
      "x",
      "to",
      { leftOut: 1 },
      "from",
      "y",
      "to",
    ]);
  });

  test("matches what a person reads, below the colours, and leaves the colours in", () => {
    const line = "\x1b[1mPlan:\x1b[0m 1 to add";
    expect(excerpt([line], [/^Plan: 1/])).toEqual([line]);
  });

  test("drops cdktf's spinner and progress frames, and nothing else", () => {
    const output =
      "\n⠋  Synthesizing\n\x1b[2K\x1b[1A\x1b[2K\x1b[G\n⠙  Processing\n\x1b[2K\x1b[Gai-keys  \x1b[0m\x1b[1mPlan:\x1b[0m 25 to add\n" +
      "\n1 Stack deploying     0 Stacks done     0 Stacks waiting\n         Apply complete!\n";
    expect(withoutFrames(output).filter((line) => line.trim() !== "")).toEqual([
      "ai-keys  \x1b[0m\x1b[1mPlan:\x1b[0m 25 to add",
      "         Apply complete!",
    ]);
  });
});

describe("last of equal calls", () => {
  test("keeps the last answer and counts those before it", () => {
    expect(lastOf([])).toEqual([]);
    expect(lastOf(["only"])).toEqual(["only"]);
    expect(lastOf(["first", "second", "last"])).toEqual([{ leftOut: 2 }, "last"]);
  });
});

describe("narrator", () => {
  const tell = (narrator: Narrator) => {
    narrator.step("Deploy");
    narrator.command("terraform plan");
    narrator.excerpt(["\x1b[32mNo changes.\x1b[0m", { leftOut: 1 }, { leftOut: 2 }]);
    narrator.lines(["\x1b[31m401\x1b[0m"]);
    narrator.meaning("Nothing to do.");
  };

  test("prints no escape sequence where the output is not a terminal", () => {
    const page = new Page(false);
    tell(new Narrator(page, {}));
    expect(page.text).toBe(
      "\n1. Deploy\n\n  $ terraform plan\n  │ No changes.\n  │ … 1 line left out\n  │ … 2 lines left out\n  │ 401\n\n  Nothing to do.\n",
    );
  });

  test("honours NO_COLOR on a terminal, and colours there without it", () => {
    const plain = new Page(true);
    tell(new Narrator(plain, { NO_COLOR: "1" }));
    expect(plain.text).not.toContain("\x1b");
    const rich = new Page(true);
    tell(new Narrator(rich, {}));
    expect(rich.text).toContain("\x1b[32mNo changes.");
  });
});

describe("table of lives", () => {
  test("shows each vendor key from its issue to its end, by declared key and time", () => {
    // GIVEN
    const at = (iso: string) => new Date(iso);
    const unix = (iso: string) => Date.parse(iso) / 1_000;
    const promotions = [
      { key: "b", keyId: "key_1", at: at("2026-11-01T10:00:00Z") },
      { key: "a", keyId: "key_2", at: at("2026-11-01T10:00:01Z") },
      { key: "b", keyId: "key_3", at: at("2026-11-08T14:30:00Z") },
    ];
    const lives = new Map([
      ["key_1", { createdAt: unix("2026-11-01T10:00:00Z"), deletedAt: unix("2026-11-09T15:00:00Z") }],
      ["key_2", { createdAt: unix("2026-11-01T10:00:00Z") }],
      ["key_3", { createdAt: unix("2026-11-08T14:30:00Z") }],
    ]);

    // WHEN
    const table = lifeTable(promotions, lives, new Set(["key_2", "key_3"]));

    // THEN
    expect(table).toEqual([
      "key  vendor key  issued            superseded        deleted           now",
      "a    key_2       2026-11-01 10:00                                      live",
      "b    key_1       2026-11-01 10:00  2026-11-08 14:30  2026-11-09 15:00  dead",
      "b    key_3       2026-11-08 14:30                                      live",
    ]);
  });
});

describe("expectations", () => {
  test("say what was expected and what was found", () => {
    expect(() => expectSame("keys at OpenAI", 3, 2)).toThrow("expected keys at OpenAI: 2; found 3");
    expect(() => expectLine(["Plan: 1 to add"], /No changes/)).toThrow(Unexpected);
    expect(() => expectLine(["Plan: 1 to add"], /^Plan/)).not.toThrow();
  });
});

describe("workspace", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "demo-test-"));
    mkdirSync(join(root, "examples/quickstart"), { recursive: true });
    writeFileSync(
      join(root, "examples/quickstart/main.ts"),
      readFileSync(join(ROOT, "examples/quickstart/main.ts"), "utf8"),
    );
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test("changes a copy, never the user's file, and is gone after remove", () => {
    // GIVEN
    const original = readFileSync(join(root, "examples/quickstart/main.ts"), "utf8");
    const workspace = new Workspace(root);

    // WHEN
    expect(statSync(workspace.folder).mode & 0o777).toBe(0o700);
    const change = workspace.edit("OpenAiScope.MODELS_READ]", "OpenAiScope.MODELS_READ, OpenAiScope.RESPONSES_WRITE]");

    // THEN
    expect(change.before).toMatch(/^scopes: \[.*OpenAiScope\.MODELS_READ\],$/);
    expect(change.after).toMatch(/^scopes: \[.*OpenAiScope\.MODELS_READ, OpenAiScope\.RESPONSES_WRITE\],$/);
    expect(readFileSync(join(workspace.folder, "main.ts"), "utf8")).toContain(change.after);
    expect(readFileSync(join(root, "examples/quickstart/main.ts"), "utf8")).toBe(original);
    workspace.remove();
    expect(existsSync(workspace.folder)).toBe(false);
  });

  test("refuses a change that does not hit exactly one line", () => {
    const workspace = new Workspace(root);
    expect(() => workspace.edit("new ScopedKey(this", "x")).toThrow("found 2 lines");
    expect(() => workspace.edit("not there", "x")).toThrow("found 0 lines");
  });

  /** As a demo with that process id has left it; `alive` says where that was. */
  const left = (pid: number, alive?: string) => {
    const folder = join(root, `.sandbox/demo-${pid}-AbCdEf`);
    mkdirSync(folder, { recursive: true });
    if (alive !== undefined) writeFileSync(join(folder, "alive"), alive);
    return folder;
  };
  const here = () => {
    const workspace = new Workspace(root);
    const alive = readFileSync(join(workspace.folder, "alive"), "utf8");
    workspace.remove();
    return alive;
  };
  /** Ids end far below. */
  const GONE = 999_999_999;

  test("removes what a killed demo has left", () => {
    const folder = left(GONE, here());
    new Workspace(root).remove();
    expect(existsSync(folder)).toBe(false);
  });

  test.each([
    ["a running demo uses", process.ppid, undefined],
    ["a demo of another container or machine may be using", GONE, "elsewhere pid:[1]"],
    ["does not say whose it is", GONE, "nothing"],
  ])("leaves what %s", (_, pid, alive) => {
    const folder = left(pid, alive === "nothing" ? undefined : (alive ?? here()));
    new Workspace(root).remove();
    expect(existsSync(folder)).toBe(true);
  });

  test("starts beside one that a demo with its own process id has left, as in a container that is started again", () => {
    const folder = left(process.pid, "elsewhere pid:[1]");
    const workspace = new Workspace(root);
    expect(workspace.folder).not.toBe(folder);
    workspace.remove();
  });
});

describe("demo command", () => {
  test("is found in a clone, from sources and from the build, and not in an installed package", () => {
    expect(repositoryRoot(join(ROOT, "src/cli"))).toBe(ROOT);
    expect(repositoryRoot(join(ROOT, "lib/src/cli"))).toBe(ROOT);
    expect(repositoryRoot(join(tmpdir(), "node_modules/cdktf-scoped-keys/lib/src/cli"))).toBeUndefined();
  });

  test("can be called, and the help of the package does not offer it", () => {
    const program = createProgram();
    expect(program.commands.map((command) => command.name())).toContain("demo");
    expect(program.helpInformation()).not.toMatch(/\bdemo\b/);
  });
});
