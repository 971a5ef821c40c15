import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import type { TerraformStack } from "cdktf";
import { Duration, Guardrail, KeyGuardrails, Lifetime, OpenAiScope, type ScopedKey, Severity } from "../../constructs";
import { runReview } from "../../src/cli/review/run-review";
import type { Entry } from "../../src/review/review";
import { Deployment } from "./support/deployment";
import { TEST_TIMEOUT_MILLIS } from "./support/world";

jest.setTimeout(2 * TEST_TIMEOUT_MILLIS);

const EVERYBODY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/** A role of its own for each of these keys, that may read it. */
function readers(
  stack: TerraformStack,
  keys: Readonly<Record<string, ScopedKey>>,
  who: string,
  read: readonly string[],
): void {
  for (const key of read) {
    const name = `${who}-${key}`;
    keys[key]?.grants.read(new IamRole(stack, name, { name, assumeRolePolicy: EVERYBODY }));
  }
}

function guarded(stack: TerraformStack): void {
  KeyGuardrails.of(stack).add(Guardrail.readersNamed().withSeverity(Severity.WARNING));
}

describe("scoped-keys review of a plan that the real Terraform saved", () => {
  let deployment: Deployment;
  afterAll(() => deployment?.close());

  async function reviewed(): Promise<{ entries: readonly Entry[]; untouched: number; text: string }> {
    await deployment.plan({ args: ["-out=plan.bin"] });
    const { raw, exitCode } = await deployment.terraform(["show", "-json"], { args: ["plan.bin"] }).ended;
    expect(exitCode).toBe(0);
    const file = join(deployment.outdir, "plan.json");
    writeFileSync(file, raw);
    const json = await runReview(file, undefined, { format: "json", failOn: [], name: "" });
    const { text } = await runReview(file, undefined, { format: "terminal", failOn: [], name: "" });
    return { ...JSON.parse(json.text), text };
  }
  const named = (entries: readonly Entry[], key: string) =>
    entries.find(({ name }) => name === `ai-keys/openai/${key}`);

  test("the first: all keys are issued, in the words of their secrets", async () => {
    // GIVEN
    deployment = await Deployment.start({
      keys: { kept: {}, meddled: {}, loosened: {}, retired: {} },
      more: (stack, _, keys) => {
        guarded(stack);
        readers(stack, keys, "app", ["kept", "loosened"]);
      },
    });
    await deployment.init();
    // WHEN
    const { entries } = await reviewed();
    // THEN
    expect(entries.map(({ name, verdicts }) => [name, verdicts])).toEqual(
      [
        "scoped_keys_guardrails",
        ...["", "/kept", "/loosened", "/meddled", "/retired"].map((key) => `ai-keys/openai${key}`),
      ].map((name) => [name, ["issued"]]),
    );
    const kept = named(entries, "kept");
    expect(kept?.fields.find(({ field }) => field === "policy")?.is).toMatch(
      /api\.model\.request.*Rotates every 7 days/,
    );
    expect(kept?.fields.find(({ field }) => field === "readers")?.after).toEqual(["role app-kept"]);
  });

  test("a later one: each change under its word, the drift that it repairs, and nothing of what stays", async () => {
    // GIVEN
    await deployment.apply();
    const { keyId } = await deployment.currentValue("meddled");
    const { openai, projectId } = deployment.world;
    await openai.admin.organization.projects.apiKeys.update(keyId, { project_id: projectId, scopes: [] });
    // WHEN
    deployment.resynth({
      keys: {
        kept: {},
        meddled: {},
        loosened: { scopes: [OpenAiScope.MODEL_REQUEST, OpenAiScope.MODELS_READ, OpenAiScope.FILES_READ] },
        fresh: { lifetime: Lifetime.expiring({ after: Duration.days(30) }) },
      },
      more: (stack, _, keys) => {
        guarded(stack);
        KeyGuardrails.of(stack).except({
          rule: "readers-named",
          key: "ai-keys/openai/fresh",
          reason: "Its reader is named next week",
          approver: "security@example.com",
          until: "2099-12-31",
        });
        readers(stack, keys, "app", ["kept", "loosened"]);
        readers(stack, keys, "worker", ["loosened"]);
      },
    });
    const { entries, untouched, text } = await reviewed();
    // THEN
    expect(entries.map(({ name, verdicts }) => [name, verdicts])).toEqual([
      ["scoped_keys_guardrails", ["loosened", "exception"]],
      // It comes where `retired` goes, with the same owner and purpose, and lives for longer.
      ["ai-keys/openai/fresh", ["loosened", "renamed", "expiring"]],
      ["ai-keys/openai/loosened", ["loosened"]],
      ["ai-keys/openai/meddled", ["drift"]],
    ]);
    expect(untouched).toBe(2);
    const loosened = named(entries, "loosened");
    expect(loosened?.fields.map(({ field, direction, added }) => [field, direction, added])).toEqual([
      ["scopes", "looser", ["api.files.read"]],
      ["readers", "looser", ["role worker-loosened"]],
    ]);
    expect(named(entries, "meddled")?.drift).toEqual([
      expect.stringMatching(/^scopes of vendor key \S+ changed at OpenAI to all permissions/),
    ]);
    expect(text).toContain("\n  key ai-keys/openai/loosened\n    looser   scopes:");
  });

  test("of a destroy: everything is retired", async () => {
    // WHEN
    await deployment.plan({ args: ["-destroy", "-out=plan.bin"] });
    const { raw } = await deployment.terraform(["show", "-json"], { args: ["plan.bin"] }).ended;
    const file = join(deployment.outdir, "destroy.json");
    writeFileSync(file, raw);
    const { text } = await runReview(file, undefined, { format: "json", failOn: [], name: "" });
    // THEN
    const { entries }: { entries: readonly Entry[] } = JSON.parse(text);
    const isDeclared = ({ subject }: Entry) => ["key", "issuer", "guardrails"].includes(subject);
    expect(entries.filter(isDeclared).map(({ verdicts }) => verdicts)).toEqual(Array(6).fill(["retired"]));
    // What reached the keys goes with them.
    for (const { verdicts } of entries.filter((entry) => !isDeclared(entry))) expect(verdicts).toEqual(["tightened"]);
    expect(named(entries, "kept")?.fields.find(({ field }) => field === "readers")?.before).toEqual(["role app-kept"]);
  });
});
