import { createProgram } from "../../src/cli/program";

const commands = createProgram().commands.filter((command) => !(command as { _hidden?: boolean })._hidden);

describe("the help of each command", () => {
  test.each(commands.map((command) => [command.name(), command] as const))(
    "%s has examples, and says what its exit codes mean",
    (name, command) => {
      // GIVEN
      let text = "";
      command.configureOutput({
        writeOut: (chunk) => {
          text += chunk;
        },
      });
      // WHEN
      command.outputHelp();
      // THEN
      expect(text).toMatch(new RegExp(`Examples?:\n(?: *\\$ .*\n)*? *\\$ .*scoped-keys ${name}`));
      expect(text).toMatch(/Exit codes: /);
    },
  );

  test("is looked at for all of them", () => {
    expect(commands.length).toBeGreaterThanOrEqual(11);
  });
});
