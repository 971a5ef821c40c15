import { spawnSync } from "node:child_process";
import { bashCompletion } from "../../../src/cli/completion/bash";
import { fishCompletion } from "../../../src/cli/completion/fish";
import { completionWords } from "../../../src/cli/completion/words";
import { zshCompletion } from "../../../src/cli/completion/zsh";
import { createProgram } from "../../../src/cli/program";
import { KEY_STATES } from "../../../src/cli/status/states";

const words = completionWords(createProgram());

/** What bash offers after these words, as it asks its completion function. */
function offered(...line: string[]): string[] {
  const script = `${bashCompletion(words)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_scoped_keys
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync("bash", ["--norc", "-u", "-c", script, "bash", "scoped-keys", ...line], {
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.split("\n").filter((word) => word !== "");
}

describe("bash", () => {
  test("is offered every command that the help shows, and no hidden one", () => {
    expect(offered("")).toEqual(
      expect.arrayContaining(["status", "rotate", "drift", "revoke", "retain", "adopt", "sandbox", "completion"]),
    );
    expect(offered("")).not.toContain("demo");
    expect(offered("re")).toEqual(["revoke", "retain", "review"]);
  });

  test("is offered the options of each command", () => {
    for (const { name, options } of words.filter((command) => command.name !== "")) {
      expect([name, offered(name, "--")]).toEqual([
        name,
        options.flatMap(({ flags }) => flags).filter((flag) => flag.startsWith("--")),
      ]);
    }
  });

  test.each<[string[], readonly string[]]>([
    [["status", "--st"], ["--state"]],
    [["status", "--state", ""], KEY_STATES],
    [
      ["status", "--json", "--state", "un"],
      ["unknown", "unreadable", "unfinished"],
    ],
    [["retain", "ai-keys/openai/x", "--version", "p"], ["previous"]],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
    [["--ver"], ["--version"]],
    [["drift", "package.j"], ["package.json"]],
    [["drift", "--previous", "package.j"], ["package.json"]],
    [["nonsense", "--st"], []],
  ])("completes %j", (line, expected) => {
    expect(offered(...line)).toEqual(expected);
  });

  test("loads as its users load it", () => {
    const script = `${bashCompletion(words)}complete -p scoped-keys`;
    const { status, stdout } = spawnSync("bash", ["--norc", "-c", script], { encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "complete -o filenames -F _scoped_keys scoped-keys\n" });
  });
});

test("the options that can be repeated are known as such", () => {
  const repeatable = words.flatMap(({ name, options }) =>
    options.filter((option) => option.repeatable).map(({ flags }) => `${name} ${flags[0]}`),
  );
  expect(repeatable.sort()).toEqual([
    "drift --report",
    "drift --stack",
    "import --setting",
    "review --fail-on",
    "sandbox --route",
    "status --issuer",
    "status --state",
    "status --table",
  ]);
});

describe.each([
  ["zsh", zshCompletion(words), (name: string) => `    ${name})`, "--"],
  ["fish", fishCompletion(words), (name: string) => `-f -a ${name} -d`, "-l "],
])("the script of %s", (_, script, commandOf, optionOf) => {
  test("has every command, option and choice", () => {
    for (const { name, options } of words) {
      if (name !== "") expect(script).toContain(commandOf(name));
      for (const { flags, choices } of options) {
        for (const flag of flags.filter((text) => text.startsWith("--"))) {
          expect(script).toContain(`${optionOf}${flag.slice(2)}`);
        }
        if (choices.length > 0) expect(script).toContain(choices.join(" "));
      }
    }
  });
});

test("is offered under both names of the program", () => {
  expect(bashCompletion(words)).toMatch(/^complete .* scoped-keys cdktf-scoped-keys$/m);
  expect(zshCompletion(words)).toMatch(/^#compdef scoped-keys cdktf-scoped-keys$/m);
  expect(fishCompletion(words)).toMatch(/^complete -c cdktf-scoped-keys -w scoped-keys$/m);
});
