import { setTimeout as sleep } from "node:timers/promises";
import { type Command, Option } from "commander";
import { print, tell } from "../output/streams";
import { collect } from "./arguments";
import type { ImportOptions } from "./import/run-import";

type GivenOptions = Omit<ImportOptions, "setting"> & Partial<Pick<ImportOptions, "setting">>;

const EXAMPLES = `
Lists what there is already and writes the TypeScript, or YAML, that declares it, with the owners left to fill in: synthesis refuses it until they are.
It changes nothing, at no vendor and in no secret. The admin key is read from Secrets Manager by the name of its secret and is never an
argument; calls to the vendor are sent at half of the pace that it allows. Secrets are recognised by name, tags and description; with
--look-inside their values are read in memory as well, and never shown, logged or written. docs/taking-over.md says how a declared key takes
over a secret that programs read.

Examples:
  $ scoped-keys import
  $ scoped-keys import --vendor openai --admin-secret ai/admin/openai --setting projectId=proj_abc > imported.ts
  $ scoped-keys import --vendor openrouter --admin-secret ai/admin/openrouter --look-inside --out imported.ts
  $ scoped-keys import --vendor mistral --admin-secret ai/admin/mistral --format yaml --out keys.yaml
  $ scoped-keys import --vendor groq --look-inside --json

Exit codes: 0 listed or written, 1 vendor, secrets or admin key could not be read, 2 wrong arguments. It needs secretsmanager:ListSecrets, and
secretsmanager:GetSecretValue for the admin key and --look-inside, and finds region and credentials as the AWS CLI does.`;

export function registerImportCommand(program: Command): void {
  program
    .command("import")
    .description("list the keys and secrets that there are, and write the code that declares them")
    .option("--vendor <id>", "vendor whose keys are listed and declared, such as openai")
    .option("--admin-secret <name>", "name or ARN of the secret with the vendor's admin key")
    .option("--setting <name=value>", "setting of the vendor's issuer; may be repeated", collect)
    .option("--prefix <prefix>", "prefix of the issuer that is written")
    .addOption(
      new Option("--format <format>", "language of the declarations")
        .choices(["typescript", "yaml"])
        .default("typescript"),
    )
    .option("--no-secrets", "leave Secrets Manager out")
    .option("--look-inside", "recognise keys by the secrets' values, too")
    .option("--out <file>", "write the code to a new file, and the list to the terminal")
    .option("--region <region>", "AWS region of the secrets")
    .option("--json", "print the inventory alone, as JSON")
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
