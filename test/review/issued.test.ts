import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BedrockIssuer, ScopedKey } from "../../constructs";
import { defined } from "../../src/model/defined";
import type { Attributes } from "../../src/review/attributes";
import type { Review } from "../../src/review/review";
import { WEEKLY } from "../constructs/support";
import { type Base, bases, basesOf, reviewed } from "./mutants/bases";
import { meaningOf } from "./mutants/meaning";
import { wideningsOf } from "./mutants/mutate";
import { planBetween } from "./plan";
import { removeFolders, synthesised } from "./support";

afterAll(removeFolders);

/** Nothing that the library renders. */
function nothing({ terraform, provider, variable }: Attributes): Attributes {
  return { terraform, provider, ...defined({ variable }) };
}

/** The same as a plan that makes all of it. */
function planned({ name, json, beside }: Base): Base {
  const folder = mkdtempSync(join(tmpdir(), "review-issued-"));
  const write = (side: string, content: Attributes) => {
    mkdirSync(join(folder, side, "stacks", name), { recursive: true });
    writeFileSync(join(folder, side, "stacks", name, "cdk.tf.json"), JSON.stringify(content));
    return join(folder, side);
  };
  const plan = planBetween(write("before", nothing(json)), write("after", json), name);
  rmSync(folder, { recursive: true });
  return { name, kind: "plan", json: plan, beside };
}

/** What nobody can tell, or is looser; undefined: refused. */
function loosened(base: Base, json: Attributes): string[] | undefined {
  let review: Review;
  try {
    review = reviewed(base.kind === "plan" ? base : { ...base, json: nothing(base.json) }, json);
  } catch (error) {
    if (error instanceof Error && ("code" in error || error.name === "DuplicateMemberError")) return undefined;
    throw error;
  }
  return review.entries
    .filter(({ verdicts }) => verdicts.includes("loosened"))
    .flatMap(({ name, fields }) =>
      fields.filter(({ direction }) => direction !== undefined).map(({ field, is }) => `${name}: ${field}: ${is}`),
    );
}

/** What any author may choose, or says nothing about reach. */
const OPEN = /\.(?:(?:alarm_)?description|retention_in_days|permissions_boundary|SCOPED_KEYS_VENDOR_SETTINGS\.\w+)$/;

/** Widenings of what stands at such addresses that nothing tells of. */
function unseen(base: Base, of: RegExp): string[] {
  const told = JSON.stringify(loosened(base, base.json));
  return [...wideningsOf(base, of)]
    .filter(({ before, after }) => meaningOf(before) !== meaningOf(after))
    .filter(({ json }) => JSON.stringify(loosened(base, json)) === told)
    .map(({ words }) => words)
    .filter((words) => !OPEN.test(words));
}

const folders = (only?: readonly string[]) => bases(only).filter(({ kind }) => kind === "folder");

describe("what is issued has nothing before it to be compared with", () => {
  test("as the constructs render it, it is issued and no more", () => {
    for (const folder of folders(["quickstart", "every-vendor", "keys-as-data"])) {
      for (const base of [folder, planned(folder)]) expect(loosened(base, base.json)).toEqual([]);
    }
  });

  test("whatever of it is wider is loosened", () => {
    for (const folder of folders(["quickstart"])) {
      expect(unseen(folder, /^/)).toEqual([]);
      expect(unseen(planned(folder), /^aws_iam_role_policy|^aws_lambda_permission/)).toEqual([]);
    }
  });

  test("what a KMS key, a network and an observer's own admin key add to the rights of functions is known as well", () => {
    for (const folder of folders(["every property"])) {
      expect(unseen(folder, /^aws_iam_role_policy\.property_(?:controller|observer)_policy/)).toEqual([]);
    }
  });

  test("what one vendor adds to the rights of its functions is known as well", () => {
    for (const folder of folders(["every-vendor"])) {
      // What other vendors have beside it only takes time.
      const resource = Object.fromEntries(
        Object.entries<object>(Object(folder.json["resource"])).map(([type, byId]) => [
          type,
          Object.fromEntries(Object.entries(byId).filter(([id]) => id.startsWith("bedrock_"))),
        ]),
      );
      const base = { ...folder, json: { ...folder.json, resource } };
      expect(unseen(base, /^aws_iam_(?:role_)?policy\.bedrock_/)).toEqual([]);
    }
  });

  test("IAM users as an organisation demands them are known as well, and no pattern in place of them", () => {
    const folder = synthesised((stack) => {
      const users = { path: "/platform/", namePrefix: "platform-" };
      const issuer = new BedrockIssuer(stack, "bedrock", { regions: ["us-east-1"], users });
      const facts = { issuer, owner: "search-team@example.com", purpose: "Work", lifetime: WEEKLY };
      new ScopedKey(stack, "summariser", { ...facts, models: ["amazon.nova-pro-v1:0"] });
    });
    for (const base of basesOf(folder).filter(({ kind }) => kind === "folder")) {
      expect(loosened(base, base.json)).toEqual([]);
      const text = JSON.stringify(base.json);
      for (const [from, to] of [
        ["/platform/", "/*/"],
        ["platform-", "*"],
      ] as const) {
        const json = JSON.parse(text.replaceAll(from, to));
        expect(loosened(base, json)?.join()).toContain("aws_iam_role_policy");
      }
    }
  });

  test("an adapter that nobody has seen is code that nobody knows", () => {
    for (const folder of folders(["custom-issuer"])) {
      expect(loosened(folder, folder.json)).toEqual([
        expect.stringMatching(/^acme-keys\/acme: code: release .* with adapter /),
      ]);
    }
  });

  test("an alarm that is left out is loosened", () => {
    for (const folder of folders(["quickstart"])) {
      const resource = Object(folder.json["resource"]);
      for (const id of Object.keys(resource.aws_cloudwatch_metric_alarm)) {
        const { [id]: _, ...alarms } = resource.aws_cloudwatch_metric_alarm;
        const json = { ...folder.json, resource: { ...resource, aws_cloudwatch_metric_alarm: alarms } };
        expect([id, loosened(folder, json)]).not.toEqual([id, []]);
      }
    }
  });

  test("an admin key that is another vendor's is loosened", () => {
    for (const folder of folders(["every-vendor"])) {
      expect(loosened(folder, folder.json)).toEqual([]);
      const shared = JSON.parse(JSON.stringify(folder.json).replaceAll("ai/admin/mistral", "ai/admin/openai"));
      expect(loosened(folder, shared)?.join()).toContain("SCOPED_KEYS_ADMIN_SECRET");
    }
  });

  test.each([
    ["reads the key of another issuer with it", "ai-keys/openai/summariser"],
    ["reads whatever a pattern holds", "ai/*"],
  ])("an admin key that %s is loosened", (_, secret) => {
    for (const folder of folders(["quickstart"])) {
      const json = JSON.parse(JSON.stringify(folder.json).replaceAll("ai/admin/openai", secret));
      expect(loosened(folder, json)).not.toEqual([]);
    }
  });

  test("a key that Secrets Manager ought to rotate, and does not, is loosened", () => {
    for (const folder of folders(["quickstart"])) {
      const { aws_secretsmanager_secret_rotation: _, ...resource } = Object(folder.json["resource"]);
      expect(loosened(folder, { ...folder.json, resource })?.join()).toContain("aws_secretsmanager_secret_rotation");
    }
  });
});
