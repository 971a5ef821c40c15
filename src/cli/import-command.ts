import { setTimeout as sleep } from "node:timers/promises";
import { type Command, Option } from "commander";
import { print, tell } from "../output/streams";
import { collect } from "./arguments";
import type { ImportOptions } from "./import/run-import";

type GivenOptions = Omit<ImportOptions, "setting"> & Partial<Pick<ImportOptions, "setting">>;

const EXAMPLES = `
Lists existing keys and secrets, and writes the TypeScript or YAML that declares them. You fill in the owners: synthesis refuses the code
until you do. The command changes nothing, neither at the vendor nor in a secret. It reads the admin key from Secrets Manager by the name
of its secret; the key is never an argument. It calls the vendor at half of the allowed rate. It recognises secrets by name, tags and
description. With --look-inside it also reads their values in memory, and never shows, logs or writes them. docs/taking-over.md
describes how a declared key takes over a secret that programs read.

Examples:
  $ scoped-keys import
  $ scoped-keys import --vendor openai --admin-secret ai/admin/openai --setting projectId=proj_abc > imported.ts
  $ scoped-keys import --vendor openrouter --admin-secret ai/admin/openrouter --look-inside --out imported.ts
  $ scoped-keys import --vendor mistral --admin-secret ai/admin/mistral --format yaml --out keys.yaml
  $ scoped-keys import --vendor groq --look-inside --json

Exit codes: 0 listed or written, 1 could not read the vendor, the secrets or the admin key, 2 wrong arguments. It needs
secretsmanager:ListSecrets, and secretsmanager:GetSecretValue for the admin key and --look-inside. It finds region and credentials as the
AWS CLI does.`;

export function registerImportCommand(program: Command): void {
  program
    .command("import")
    .description("list existing keys and secrets, and write the code that declares them")
    .option("--vendor <id>", "vendor whose keys to list and declare, such as openai")
    .option("--admin-secret <name>", "name or ARN of the secret with the vendor's admin key")
    .option("--setting <name=value>", "setting of the vendor's issuer; can be repeated", collect)
    .option("--prefix <prefix>", "prefix of the issuer in the written code")
    .addOption(
      new Option("--format <format>", "language of the declarations")
        .choices(["typescript", "yaml"])
        .default("typescript"),
    )
    .option("--no-secrets", "leave out Secrets Manager")
    .option("--look-inside", "also recognise keys by the values of secrets")
    .option("--out <file>", "write the code to a new file, and the list to the terminal")
    .option("--region <region>", "AWS region of the secrets")
    .option("--json", "print only the inventory, as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async ({ setting = [], ...options }: GivenOptions) => {
      // Loaded late, so that --help answers at once.
      const [{ SecretsManagerClient }, { runImport }, { fetchFrom }] = await Promise.all([
        import("@aws-sdk/client-secrets-manager"),
        import("./import/run-import.js"),
        import("./inside-sandbox.js"),
      ]);
      const region = options.region === undefined ? {} : { region: options.region };
      const text = await runImport(
        { ...options, setting },
        {
          secretsManager: new SecretsManagerClient(region),
          fetch: fetchFrom(process.env, globalThis.fetch),
          now: Date.now,
          sleep: async (millis) => void (await sleep(millis)),
          progress: tell,
        },
      );
      print(text);
    });
}
