import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createProgram } from "../../../src/cli/program";
import { documentedFixture, type GrownByHand } from "./fixture";
import { compilerSays } from "./support";

const page = readFileSync(join(__dirname, "../../../docs/cli/import.md"), "utf8");

/** AWS appends six characters of its choice to the ARN of a secret. */
const alike = (text: string) => text.replace(/(secret:[\w/-]+-)[A-Za-z0-9]{6}"/g, '$1??????"');

/** Text of the block that follows a command. */
function shown(command: string): string {
  const at = page.indexOf(`$ ${command}\n`);
  if (at < 0) throw new Error(`docs/cli/import.md does not show: ${command}`);
  return alike(page.slice(at + command.length + 3, page.indexOf("\n```", at)));
}

describe("docs/cli/import.md shows what a run prints", () => {
  let grown: GrownByHand;
  beforeAll(async () => {
    grown = await documentedFixture();
  });
  afterAll(() => grown.close());

  test("of the secrets", async () => {
    expect(shown("scoped-keys import")).toBe(await grown.run());
    grown.progress.length = 0;
  });

  test("of a vendor, with its list before", async () => {
    const code = await grown.runOpenAi({ lookInside: true });
    const command = `scoped-keys import --vendor openai --admin-secret ai/admin/openai --setting projectId=${grown.projectId} --look-inside`;
    expect(shown(command)).toBe(
      `${grown.progress.filter((line) => !line.startsWith("waiting")).join("\n")}\n\n${alike(code)}`,
    );
    expect(compilerSays({ documented: code })).toBe("");
  }, 60_000);

  test("as JSON", async () => {
    expect(shown("scoped-keys import --vendor groq --no-secrets --json")).toBe(
      await grown.run({ vendor: "groq", secrets: false, json: true }),
    );
  });

  test("of its help", () => {
    const command = createProgram().commands.find((each) => each.name() === "import");
    let help = "";
    command?.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 120 }).outputHelp();
    expect(shown("scoped-keys import --help")).toBe(help.trimEnd());
  });
});
