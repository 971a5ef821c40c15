import { CommanderError } from "commander";
import { createProgram } from "../../src/cli/program";
import { expectShown } from "./support/shown";

/** What the program says to these arguments. */
async function said(...args: string[]): Promise<string> {
  let text = "";
  const program = createProgram();
  for (const command of [program, ...program.commands]) {
    command.exitOverride((error) => {
      throw error;
    });
    command.configureOutput({
      writeErr: (chunk) => {
        text += chunk;
      },
    });
  }
  await expect(program.parseAsync(["node", "scoped-keys", ...args])).rejects.toBeInstanceOf(CommanderError);
  return text;
}

describe("a wrong argument is answered with the nearest right one:", () => {
  test.each([
    ["a command", ["statsu"], "(Did you mean status?)"],
    ["an option", ["status", "--expirin-within", "7d"], "(Did you mean --expiring-within?)"],
    ["a choice of an option", ["status", "--state", "inuse"], "(Did you mean in_use?)"],
    ["a choice of an option of another command", ["retain", "a/b", "--version", "curent"], "(Did you mean current?)"],
    ["a word of several", ["review", "plan.json", "--fail-on", "drift,losened"], "(Did you mean loosened?)"],
    ["a choice of an argument", ["completion", "bsh"], "(Did you mean bash?)"],
  ])("%s", async (_, args, answer) => {
    expect(await said(...args)).toContain(answer);
  });

  test("as the page on completion shows", async () => {
    expectShown("docs/cli/completion.md", "scoped-keys completion bsh", await said("completion", "bsh"));
  });

  test("and with none where none is near", async () => {
    const text = await said("status", "--state", "purple");
    expect(text).toContain("Allowed choices are unknown,");
    expect(text).not.toContain("Did you mean");
  });
});
