import { readdirSync } from "node:fs";
import { join } from "node:path";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as constructs from "../../../constructs";
import { OWNER_PLACEHOLDER } from "../../../src/cli/import/declarations";
import { runImport } from "../../../src/cli/import/run-import";
import { CLASSES } from "../../../src/cli/import/typescript";
import { ContractHarness, type ContractSubject } from "../../../src/testing/fixture";
import { vendorDescriptors } from "../../../src/vendors/descriptors";
import type { VendorConnection } from "../../../src/vendors/vendor";
import { type SecretsManagerHarness, startSecretsManager } from "../../support/secrets-manager";
import { compilerSays, filledIn, synthesised, synthesisedFile } from "./support";

const FOLDER = join(__dirname, "../../vendors");
const subjects: ContractSubject[] = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && vendorDescriptors.some(({ id }) => id === entry.name))
  .map(({ name }) => jest.requireActual(join(FOLDER, name, "subject.ts")).subject);

describe("an import of", () => {
  const written: Record<string, string> = {};
  let aws: SecretsManagerHarness;
  beforeAll(async () => {
    aws = await startSecretsManager();
  });
  afterAll(() => aws.close());

  /** With the credentials of a role, which sign calls to IAM as well. */
  const as = (credentials: NonNullable<VendorConnection["awsCredentials"]>) =>
    new SecretsManagerClient({
      region: "us-east-1",
      credentials: async () => {
        const { sessionToken, ...key } = await credentials();
        return sessionToken === undefined ? key : { ...key, sessionToken };
      },
    });

  test("every vendor is tried", () => {
    expect(subjects.map(({ vendor }) => vendor.descriptor.id).sort()).toEqual(
      vendorDescriptors.map(({ id }) => id).sort(),
    );
    for (const { id } of vendorDescriptors) {
      const { issuer = "", scope } = CLASSES[id] ?? {};
      expect(constructs).toHaveProperty(issuer);
      if (scope !== undefined) expect(constructs).toHaveProperty(scope);
    }
  });

  test.each(subjects.map((subject) => [subject.vendor.descriptor.displayName, subject] as const))(
    "%s writes code that is refused without owners and synthesised with them, and shows no value",
    async (_, subject) => {
      // GIVEN
      const { descriptor } = subject.vendor;
      let connection: VendorConnection | undefined;
      const harness = new ContractHarness({
        ...subject,
        vendor: {
          ...subject.vendor,
          connect: (given) => {
            connection = given;
            return subject.vendor.connect(given);
          },
        },
      });
      const noList = descriptor.strategy === "manual" && descriptor.adminKey === "none";
      const values: string[] = [...harness.simulator.secrets()];
      for (const [at, grant] of subject.grants.entries()) {
        const { value } = await harness.mint({
          ...(await harness.owner()),
          name: `made-by-hand-${at}`,
          grant,
          expiresInSeconds: 30 * 86_400,
        });
        values.push(value);
      }
      const secret = `ai/admin/${descriptor.id}`;
      if (descriptor.adminKey !== "none") {
        const key = (await connection?.adminKey()) ?? "";
        values.push(key);
        await aws.client.send(new CreateSecretCommand({ Name: secret, SecretString: key }));
      }
      const settings = Object.entries(connection?.settings ?? {}).map(([name, value]) => `${name}=${value}`);
      const progress: string[] = [];
      const run = (more: object) =>
        runImport(
          {
            vendor: descriptor.id,
            setting: noList ? [] : settings,
            secrets: false,
            ...(descriptor.adminKey === "none" ? {} : { adminSecret: secret }),
            ...more,
          },
          {
            secretsManager: connection?.awsCredentials === undefined ? aws.client : as(connection.awsCredentials),
            fetch: connection?.fetch ?? fetch,
            now: connection?.now ?? Date.now,
            sleep: async () => {},
            progress: (line) => progress.push(line),
          },
        );

      // WHEN
      const effects = harness.effects.length;
      const code = await run({});
      const inventory = JSON.parse(await run({ json: true }));

      // THEN
      expect(inventory.keys.length).toBe(noList ? 0 : (await harness.adapter.list({})).length);
      if (!noList) expect(inventory.keys.length).toBeGreaterThan(0);
      expect(harness.effects).toHaveLength(effects);
      for (const value of values)
        expect([code, JSON.stringify(inventory), ...progress].join("\n")).not.toContain(value);
      written[descriptor.id] = code;
      if (!code.includes("new ScopedKey(")) return;
      expect(code).toContain(OWNER_PLACEHOLDER);
      expect(() => synthesised(code)).toThrow(/SK1(01|21)/);
      const [known = ""] = Object.keys(descriptor.scopes);
      const { scope } = CLASSES[descriptor.id] ?? {};
      const filled = filledIn(code, scope === undefined ? undefined : `${scope}.of(${JSON.stringify(known)})`);
      const stack = synthesised(filled);
      expect(stack).toContain("aws_secretsmanager_secret");

      // WHEN
      const yaml = await run({ format: "yaml" });

      // THEN the file declares the same, and is refused as well without owners
      expect(() => synthesisedFile(yaml)).toThrow(/\[SK\d+\]/);
      expect(synthesisedFile(filledIn(yaml, undefined).replaceAll("scopes: []", `scopes: [${known}]`))).toBe(stack);
      for (const value of values) expect(yaml).not.toContain(value);
    },
  );

  test("all of them, as written, is taken by the compiler", () => {
    expect(Object.keys(written).length).toBe(subjects.length);
    expect(compilerSays(written)).toBe("");
  }, 120_000);
});
