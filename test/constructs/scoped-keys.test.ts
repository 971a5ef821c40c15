import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Testing } from "cdktf";
import { Construct } from "constructs";
import fc from "fast-check";
import { stringify } from "yaml";
import {
  AdminKey,
  CloudflareIssuer,
  CloudflareScope,
  Duration,
  type KeyIssuer,
  Lifetime,
  type LimitProps,
  LiteLlmIssuer,
  OpenAiScope,
  OpenRouterIssuer,
  PortkeyIssuer,
  PortkeyScope,
  ScopedKey,
  ScopedKeyError,
  type ScopedKeyProps,
  ScopedKeys,
  Spend,
} from "../../constructs";
import { defined } from "../../src/model/defined";
import { newIssuer, newKey, newStack, refusal, render, WEEKLY } from "./support";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keys-file-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function fileOf(text: string, name = "keys.yaml"): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** Declares the file's keys in a stack with an OpenAI and an OpenRouter issuer. */
function declare(text: string, environment?: string) {
  const stack = newStack();
  const openai = newIssuer(stack);
  const openrouter = new OpenRouterIssuer(stack, "openrouter", { adminKey: AdminKey.fromSecretName("ai/admin/or") });
  const keys = ScopedKeys.fromFile(stack, "keys", {
    file: fileOf(text),
    issuers: { openai, openrouter },
    ...defined({ environment }),
  });
  return { stack, keys };
}

const policyOf = (stack: ReturnType<typeof newStack>, key: string) => {
  const inputs = Object.values(render(stack).resource["aws_lambda_invocation"] ?? {});
  const input = inputs.map(({ input }) => input as string).find((text) => text.startsWith(`{"key":"${key}"`)) ?? "";
  return JSON.parse(`${input.slice(0, input.indexOf(',"repair":'))}}`).policy;
};
const secretOf = (stack: ReturnType<typeof newStack>, key: string) =>
  Object.values(render(stack).resource["aws_secretsmanager_secret"] ?? {}).find(({ name }) => name.endsWith(`/${key}`));

const DEFAULTS = `defaults:
  issuer: openai
  owner: search-team@example.com
  scopes: [api.model.request]
  lifetime: { every: 7 days, overlap: 24 hours, expiry: 10 days }
`;

describe("property: a file gives what TypeScript gives, byte for byte", () => {
  type Keys = ReadonlyArray<readonly [string, Both]>;
  interface Both {
    readonly data: Record<string, unknown>;
    readonly props: Omit<ScopedKeyProps, "issuer">;
    readonly issuer: string;
  }
  const UNITS = { days: Duration.days, hours: Duration.hours, minutes: Duration.minutes, seconds: Duration.seconds };
  const MAX_UNITS = { days: 1, hours: 24, minutes: 1_440, seconds: 86_400 };
  const length = (days: number) =>
    fc
      .constantFrom("days" as const, "hours" as const, "minutes" as const, "seconds" as const)
      .map((unit) => [`${days * MAX_UNITS[unit]} ${unit}`, UNITS[unit](days * MAX_UNITS[unit])] as const);

  const lifetime = fc.oneof(
    fc.tuple(length(20), length(3), length(40)).map(([every, overlap, expiry]) => ({
      data: { every: every[0], overlap: overlap[0], expiry: expiry[0] },
      props: Lifetime.rotating({ every: every[1], overlap: overlap[1], expiry: expiry[1] }),
    })),
    fc
      .integer({ min: 1, max: 90 })
      .chain(length)
      .map(([words, after]) => ({ data: { after: words }, props: Lifetime.expiring({ after }) })),
  );
  const line = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 60 })
    .filter(
      (text) => /\S/.test(text) && !/[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u.test(text),
    );
  const word = fc.stringMatching(/^[\x21-\x7e]{1,20}$/).filter((text) => !text.includes("${TfToken["));
  const some = <T>(item: fc.Arbitrary<T>) => fc.uniqueArray(item, { minLength: 1, maxLength: 4 });
  const spend = fc.tuple(
    fc.integer({ min: 1, max: 1_000_000 }).map((cents) => cents / 100),
    fc.constantFrom(
      ["day", Spend.perDay] as const,
      ["week", Spend.perWeek] as const,
      ["month", Spend.perMonth] as const,
    ),
  );
  const amount = fc.integer({ min: 1, max: 1_000_000 });
  const limits = (spends: boolean) =>
    fc
      .record(
        { requestsPerMinute: amount, tokensPerMinute: amount, ...(spends ? { spend } : {}) },
        { requiredKeys: [] },
      )
      .filter((limits) => Object.keys(limits).length > 0)
      .map(
        ({ spend: money, ...amounts }: { spend?: readonly [number, readonly [string, (usd: number) => Spend]] }) => ({
          data: { ...amounts, ...(money === undefined ? {} : { spend: { usd: money[0], per: money[1][0] } }) },
          props: { ...amounts, ...(money === undefined ? {} : { spend: money[1][1](money[0]) }) } as LimitProps,
        }),
      );
  const scopes = <S extends { readonly value: string; readonly custom: boolean }>(known: readonly S[], custom: S) =>
    some(fc.constantFrom(...known, custom)).map((list) => ({
      data: list.map((scope) => (scope.custom ? { custom: scope.value } : scope.value)),
      props: list,
    }));
  const plain = <T>(values: fc.Arbitrary<T>) => values.map((value) => ({ data: value, props: value }));
  const networks = plain(some(fc.constantFrom("203.0.113.0/24", "2001:db8::/32", "198.51.100.7/32")));

  const ofVendor = {
    openai: { scopes: scopes([OpenAiScope.MODELS_READ, OpenAiScope.FILES_READ], OpenAiScope.custom("api.new.read")) },
    cloudflare: {
      scopes: scopes(
        [CloudflareScope.WORKERS_AI_READ, CloudflareScope.VECTORIZE_READ],
        CloudflareScope.custom("a".repeat(32)),
      ),
      networks,
    },
    portkey: {
      scopes: scopes([PortkeyScope.COMPLETIONS_WRITE, PortkeyScope.LOGS_VIEW], PortkeyScope.custom("new.read")),
      limits: limits(false),
    },
    openrouter: { models: plain(some(word)) },
    litellm: { models: plain(some(word)), endpoints: plain(some(word)), limits: limits(true) },
  };
  const kms = plain(fc.constant("arn:aws:kms:us-east-1:111122223333:key/0123abcd"));
  const common = {
    purpose: plain(line),
    owner: plain(fc.constantFrom("search-team@example.com", "a.b+c@mail.example.org")),
    lifetime,
    keyName: plain(fc.stringMatching(/^[a-z][a-z0-9_.-]{0,20}[a-z0-9]$/)),
    kmsKeyArn: kms,
    replicas: plain(
      fc.subarray(
        [{ region: "eu-west-1" }, { region: "us-west-2", kmsKeyArn: "arn:aws:kms:us-west-2:111122223333:key/a" }],
        {
          minLength: 1,
        },
      ),
    ),
    tags: plain(
      fc.dictionary(
        fc.stringMatching(/^[A-Za-z0-9 _.:/=+@-]{1,12}$/).filter((name) => !name.startsWith("aws:")),
        fc.stringMatching(/^[A-Za-z0-9 _.:/=+@-]{0,12}$/),
        { noNullPrototype: true },
      ),
    ).filter(({ data }) => !["__proto__", "constructor", "prototype"].some((name) => Object.hasOwn(data, name))),
  };
  const required = ["purpose", "owner", "lifetime"] as const;
  const key = fc.constantFrom(...(Object.keys(ofVendor) as Array<keyof typeof ofVendor>)).chain((issuer) =>
    fc
      .record({ ...common, ...ofVendor[issuer] } as Record<string, fc.Arbitrary<{ data: unknown; props: unknown }>>, {
        requiredKeys: [...required, ...("scopes" in ofVendor[issuer] ? ["scopes"] : [])],
      })
      .map((parts): Both => {
        const halves = (half: "data" | "props") =>
          Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part[half]]));
        return { issuer, data: { issuer, ...halves("data") }, props: halves("props") as unknown as Both["props"] };
      }),
  );
  const file = fc
    .uniqueArray(fc.tuple(fc.stringMatching(/^[A-Z][A-Za-z0-9_.-]{0,10}[a-z0-9]$/), key), {
      minLength: 1,
      maxLength: 4,
      selector: ([name, { data }]) => data["keyName"] ?? name,
    })
    .filter((keys) => new Set(keys.map(([name]) => name)).size === keys.length);

  const adminKey = AdminKey.fromSecretName("ai/admin/any");
  const ISSUERS: Record<string, (stack: Construct) => KeyIssuer> = {
    openai: (stack) => newIssuer(stack),
    openrouter: (stack) => new OpenRouterIssuer(stack, "openrouter", { adminKey }),
    cloudflare: (stack) => new CloudflareIssuer(stack, "cloudflare", { adminKey, accountId: "0".repeat(32) }),
    portkey: (stack) =>
      new PortkeyIssuer(stack, "portkey", { adminKey, workspaceId: "2f1c1d6e-5c5c-4a51-9f7e-1d2f3a4b5c6d" }),
    litellm: (stack) => new LiteLlmIssuer(stack, "litellm", { adminKey, baseUrl: "https://llm.example.com" }),
  };

  function stackWith(keys: Keys, declareKeys: (stack: Construct, issuers: Record<string, KeyIssuer>) => void): string {
    const stack = newStack();
    const used = new Set(keys.map(([, { issuer }]) => issuer));
    declareKeys(stack, Object.fromEntries([...used].map((name) => [name, ISSUERS[name]?.(stack) as KeyIssuer])));
    return Testing.synth(stack, true);
  }

  const outcome = (of: () => string) => {
    try {
      return of();
    } catch (error) {
      if (!(error instanceof ScopedKeyError)) throw error;
      return `${error.code} ${error.constructPath} ${error.given}`;
    }
  };

  test("in YAML, in flow and block style, and in JSON", () => {
    let taken = 0;
    fc.assert(
      fc.property(file, fc.constantFrom("block", "flow", "json"), fc.nat(), (keys, style, mask) => {
        // GIVEN what each key has is split at random between the key and an environment
        const part = (data: object, inEnvironment: boolean) =>
          Object.fromEntries(
            Object.entries(data).filter(
              ([field], i) => (field !== "purpose" && ((mask >> i) & 1) === 1) === inEnvironment,
            ),
          );
        const layer = (inEnvironment: boolean) =>
          Object.fromEntries(keys.map(([name, { data }]) => [name, part(data, inEnvironment)]));
        const content = { keys: layer(false), environments: { production: { keys: layer(true) } } };
        const text =
          style === "json"
            ? JSON.stringify(content, undefined, "\t")
            : stringify(content, {
                collectionStyle: style as "block" | "flow",
                aliasDuplicateObjects: false,
                defaultStringType: "QUOTE_DOUBLE",
                defaultKeyType: "QUOTE_DOUBLE",
              });
        const path = fileOf(text, style === "json" ? "keys.json" : "keys.yaml");
        // WHEN
        const fromFile = outcome(() =>
          stackWith(keys, (stack, issuers) =>
            ScopedKeys.fromFile(stack, "keys", { file: path, issuers, environment: "production" }),
          ),
        );
        // THEN
        const inTypeScript = outcome(() =>
          stackWith(keys, (stack, issuers) => {
            const scope = new Construct(stack, "keys");
            for (const [name, { issuer, props }] of keys) {
              new ScopedKey(scope, name, { issuer: issuers[issuer] as KeyIssuer, ...props });
            }
          }),
        );
        expect(fromFile).toBe(inTypeScript);
        if (fromFile.startsWith("{")) taken += 1;
      }),
      { numRuns: 100, seed: 5 },
    );
    expect(taken).toBeGreaterThan(50);
  });
});

describe("addresses", () => {
  test("with the id Default are those of keys declared beside it, so that keys live on when they move to a file", () => {
    // GIVEN
    const inTypeScript = newStack();
    newKey(inTypeScript, newIssuer(inTypeScript));
    // WHEN
    const stack = newStack();
    ScopedKeys.fromFile(stack, "Default", {
      file: fileOf(`${DEFAULTS}keys:
  summariser: { purpose: Summaries on the results page, scopes: [api.model.request, api.model.read] }
`),
      issuers: { openai: newIssuer(stack) },
    });
    // THEN
    const bare = (of: typeof stack) =>
      JSON.parse(Testing.synth(of), (name, value) => (name === "//" ? undefined : value)) as unknown;
    expect(bare(stack)).toEqual(bare(inTypeScript));
  });

  test("keys are in the order of the file, whatever they are called", () => {
    const file = `${DEFAULTS}keys: { b: { purpose: x }, "10": { purpose: x }, "2": { purpose: x }, a: { purpose: x } }`;
    expect(declare(file).keys.names).toEqual(["b", "10", "2", "a"]);
  });

  test("keys are found by their names, in the order of the file", () => {
    // WHEN
    const { keys } = declare(`${DEFAULTS}keys:\n  zeta: { purpose: x }\n  alpha: { purpose: why }\n`);
    // THEN
    expect(keys.names).toEqual(["zeta", "alpha"]);
    expect(keys.key("alpha").secretName).toBe("ai-keys/openai/alpha");
    const error = refusal(() => keys.key("zetta"));
    expect([error.code, error.given, error.remedy]).toEqual(["SK186", '"zetta"', 'write "zeta"']);
  });
});

/** Of each key's secret. */
const OWN_TAG = { "scoped-keys:issuer": "ai-keys/openai" };

describe("layers", () => {
  const text = `${DEFAULTS}  tags: { team: search, level: low }
keys:
  a:
    purpose: x
  b:
    issuer: openrouter
    purpose: why
    scopes: [api.model.read]
environments:
  production:
    defaults:
      owner: platform@example.com
      tags: { level: high }
    keys:
      a: { scopes: [api.files.read], lifetime: { after: 3 days }, tags: { only: a } }
  staging:
    keys:
      c: { purpose: z }
`;
  const openai = text.replace("    issuer: openrouter\n", "");

  test("without an environment, a key has the defaults and what it says itself", () => {
    // WHEN
    const { stack, keys } = declare(openai);
    // THEN
    expect(keys.names).toEqual(["a", "b"]);
    expect(policyOf(stack, "a")).toMatchObject({ owner: "search-team@example.com", scopes: ["api.model.request"] });
    expect(policyOf(stack, "b")).toMatchObject({ scopes: ["api.model.read"] });
    expect(secretOf(stack, "a")?.["tags"]).toEqual({ ...OWN_TAG, team: "search", level: "low" });
  });

  test("an environment goes before: its defaults before the file's, its keys before the file's keys; tags are put together", () => {
    // WHEN
    const { stack } = declare(openai, "production");
    // THEN
    expect(policyOf(stack, "a")).toMatchObject({
      owner: "platform@example.com",
      scopes: ["api.files.read"],
      lifetime: { overlapSeconds: 0, expirySeconds: 259_200 },
    });
    expect(policyOf(stack, "b")).toMatchObject({ owner: "platform@example.com", scopes: ["api.model.read"] });
    expect(secretOf(stack, "a")?.["tags"]).toEqual({ ...OWN_TAG, team: "search", level: "high", only: "a" });
  });

  test("an environment may have keys of its own", () => {
    expect(declare(openai, "staging").keys.names).toEqual(["a", "b", "c"]);
  });

  test("a limit of the defaults can be changed by a key, and is never lost", () => {
    // GIVEN
    const limited = (limits: string) => `
defaults:
  issuer: litellm
  owner: a@example.com
  lifetime: { after: 3 days }
  limits: { requestsPerMinute: 60, spend: { usd: 10, per: day } }
keys: { a: { purpose: x${limits} } }`;
    const limitsWith = (limits: string) => {
      const stack = newStack();
      const litellm = new LiteLlmIssuer(stack, "litellm", {
        adminKey: AdminKey.fromSecretName("x"),
        baseUrl: "https://llm.example.com",
      });
      ScopedKeys.fromFile(stack, "keys", { file: fileOf(limited(limits)), issuers: { litellm } });
      return policyOf(stack, "a").limits;
    };
    // THEN
    expect(limitsWith("")).toEqual({ requestsPerMinute: 60, spend: { usd: 10, per: "day" } });
    expect(limitsWith(", limits: { spend: { usd: 20.50, per: month } }")).toEqual({
      requestsPerMinute: 60,
      spend: { usd: 20.5, per: "month" },
    });
  });

  test("an environment that is not applied is read all the same", () => {
    const error = refusal(() => declare(openai.replace("owner: platform@example.com", "ownr: platform@example.com")));
    expect([error.code, error.remedy]).toEqual(["SK183", "write `owner`"]);
  });

  test("what the key itself refuses is shown in the layer that it is from", () => {
    const at = (environment: string | undefined, change: (text: string) => string) => {
      const { code, location } = refusal(() => declare(change(openai), environment));
      return [code, location?.line, location?.column];
    };
    expect(at(undefined, (all) => all.replace("[api.model.request]", "[api.model.raed]"))).toEqual(["SK102", 4, 11]);
    expect(at("production", (all) => all.replace("api.files.read", "api.*"))).toEqual(["SK103", 19, 20]);
    expect(at(undefined, (all) => all.replace("overlap: 24 hours", "overlap: 7 days"))).toEqual(["SK112", 5, 39]);
    expect(at(undefined, (all) => all.replace("every: 7 days", "every: 36 hours"))).toEqual(["SK117", 5, 22]);
    expect(at("production", (all) => all.replace("after: 3 days", "after: 999 days"))).toEqual(["SK114", 19, 48]);
    expect(at(undefined, () => text)).toEqual(["SK125", 13, 13]);
    expect(at(undefined, (all) => all.replace("purpose: x", "purpose: x\n    keyName: b"))).toEqual(["SK135", 11, 3]);
    expect(at(undefined, (all) => all.replace("issuer: openai", "issuer: opnai"))).toEqual(["SK186", 2, 11]);
    expect(at("prod", (all) => all)).toEqual(["SK186", 13, 1]);
  });
});

test("a key of an environment that is near a declared one, and lacks what it needs, is taken for a typing error", () => {
  const text = `${DEFAULTS}keys: { summariser: { purpose: x } }
environments:
  production:
    keys:
      sumariser: { scopes: [api.files.read] }
`;
  const error = refusal(() => declare(text, "production"));
  expect([error.code, error.remedy]).toEqual(["SK185", "add `purpose`, or write `summariser` if you mean that"]);
  expect(error.location).toEqual({ file: join(folder, "keys.yaml"), line: 10, column: 7 });
});

test("the lifetime of the documentation is the one that TypeScript has", () => {
  const { stack } = declare(`${DEFAULTS}keys: { a: { purpose: x } }`);
  const inTypeScript = newStack();
  newKey(inTypeScript, newIssuer(inTypeScript), { lifetime: WEEKLY, keyName: "a" });
  expect(policyOf(stack, "a").lifetime).toEqual(policyOf(inTypeScript, "a").lifetime);
});
