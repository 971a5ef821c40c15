import fc from "fast-check";
import { type Declarations, declarationsOf } from "../../../src/cli/import/declarations";
import type { FoundKey, FoundSecret } from "../../../src/cli/import/inventory";
import { plain } from "../../../src/cli/import/plain";
import { tableOf } from "../../../src/cli/import/table";
import { typescriptOf } from "../../../src/cli/import/typescript";
import { yamlOf } from "../../../src/cli/import/yaml";
import { quoted } from "../../../src/output/literal";
import { openAiDescriptor } from "../../../src/vendors/openai/descriptor";
import { compilerSays, filledIn, synthesised, synthesisedFile } from "./support";

const NOW = "2026-11-24T10:20:00Z";
const CALL = "globalThis.brokenOut()";
const HOSTILE = [
  `"; ${CALL}; //`,
  `'); ${CALL}; //`,
  `\n}); ${CALL};\n//`,
  `\r${CALL}`,
  `\u2028${CALL}\u2029${CALL}`,
  `*/ ${CALL} /*`,
  `\${${CALL}}`,
  `%{ if true }\${aws_secretsmanager_secret.x.arn}`,
  `${"$"}{TfToken[TOKEN.1]}`,
  `\`${"$"}{${CALL}}\``,
  "\\",
  '\\"',
  "\u0000\u001b[2J\u0007",
  "\u202e\u2066 reversed",
  "../../../etc/passwd",
  "__proto__",
  "constructor",
  "",
  "openai",
  "🔑 ключ 鍵",
  "a".repeat(5_000),
  "\ud800 half a pair",
];

const granted = (name: string) => ({ scopes: [name, "api.model.read"], models: [name], networks: [name] });

function declared(names: readonly string[]): Declarations {
  const keys = names.map(
    (name, at): FoundKey => ({
      id: plain(`key_${at} ${name}`),
      name: plain(name),
      disabled: at % 7 === 3,
      ownerId: plain(name),
      granted: at % 2 === 0 ? { scopes: ["api.model.read"] } : granted(name),
    }),
  );
  const secrets = names.map(
    (name, at): FoundSecret => ({
      name: at % 2 === 0 ? `prod/p${at}/key` : plain(name),
      arn: at % 2 === 0 ? `arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/p${at}/key-AbCdEf` : plain(name),
      description: plain(name),
      because: [`field ${plain(name)}`],
      vendors: ["openai"],
      tags: [
        { name: plain(name), value: plain(name) },
        { name: "team", value: "search" },
      ],
      kmsKeyId: plain(name),
      rotates: false,
      notToldFrom: [],
      declared: false,
    }),
  );
  return declarationsOf({
    vendor: openAiDescriptor,
    adminSecret: "ai/admin/openai",
    settings: { projectId: "proj_abc" },
    prefix: undefined,
    inventory: { vendor: "openai", keys, secrets, unread: [] },
    now: NOW,
  });
}

const codeOf = (names: readonly string[]) => typescriptOf(declared(names), NOW);

const global: { brokenOut?: () => void } = globalThis as never;

describe("hostile names", () => {
  const brokenOut = jest.fn();
  beforeAll(() => {
    global.brokenOut = brokenOut;
  });
  afterAll(() => {
    delete global.brokenOut;
  });

  test("do not break out of the code: it is compiled and synthesised, and what they wanted does not run", () => {
    // GIVEN
    const code = codeOf(HOSTILE);

    // WHEN
    const filled = filledIn(code, 'OpenAiScope.of("api.model.read")').replace(/OpenAiScope\.custom\([^\n]*?\), /g, "");
    const said = compilerSays({ hostile: code });
    const stack = synthesised(filled);

    // THEN
    expect(said).toBe("");
    expect(code.match(/new ScopedKey\(/g)?.length).toBeGreaterThan(HOSTILE.length);
    const { resource } = JSON.parse(stack);
    const declared = Object.keys(resource.aws_secretsmanager_secret).length;
    expect(declared).toBe(code.match(/^ {2}new ScopedKey\(/gm)?.length);
    expect(brokenOut).not.toHaveBeenCalled();
    // Nothing that Terraform would evaluate.
    const texts = JSON.stringify(
      Object.values(resource.aws_secretsmanager_secret).map((s) => [
        (s as { tags: object }).tags,
        (s as { description: string }).description,
      ]),
    );
    expect(texts.replace(/\$\$\{|%%\{/g, "")).not.toMatch(/[$%]\{/);
  }, 120_000);

  test("do not break out of a file of keys: it declares the same as the code", () => {
    // GIVEN
    const scope = "api.model.read";
    const custom = /\{ custom: "(?:[^"\\]|\\.)*" \}, /g;
    const yaml = yamlOf(declared(HOSTILE), NOW);

    // WHEN
    const filled = filledIn(yaml, undefined).replaceAll("scopes: []", `scopes: [${scope}]`).replace(custom, "");
    const code = filledIn(codeOf(HOSTILE), `OpenAiScope.of("${scope}")`).replace(
      /OpenAiScope\.custom\([^\n]*?\), /g,
      "",
    );

    // THEN
    expect(synthesisedFile(filled)).toBe(synthesised(code));
    expect(brokenOut).not.toHaveBeenCalled();
  });

  test("whatever they are, each line of the code is a line that was meant", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...HOSTILE)), { maxLength: 6 }),
        (names) => {
          const code = codeOf(names);
          expect(code).not.toMatch(/[^\n\x20-\x7e\p{L}\p{M}\p{N}\p{P}\p{S}]/u);
          for (const line of code.split("\n")) {
            expect(line).toMatch(
              /^(\/\/|import |export function |\}$|$| {2}(\/\/|const issuer\d* = new OpenAiIssuer\(scope, "|new ScopedKey\(scope, "|\}\);$)| {4}(issuer[,:]|owner: "|purpose: "|scopes: \[|existingSecretArn: "|keyName: "|prefix: "|projectId: "|adminKey: AdminKey|lifetime: Lifetime|tags: \{ "|kmsKeyArn: "))/,
            );
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each(HOSTILE)("are read back from a literal as they were: %j", (name) => {
    const literal = quoted(name);
    expect(literal).toMatch(/^"[^\n\r\u2028\u2029]*"$/);
    expect(JSON.parse(literal)).toBe(name);
  });

  test("do not steer a terminal, and take one line of a table each", () => {
    const keys = HOSTILE.map((name): FoundKey => ({ id: "key", name: plain(name), disabled: false }));
    const table = tableOf({ vendor: "openai", keys, secrets: [], unread: [] }, NOW);
    expect(table).not.toMatch(/[^\n\x20-\x7e\p{L}\p{M}\p{N}\p{P}\p{S}]/u);
    expect(table.split("\n")).toHaveLength(HOSTILE.length + 4);
  });
});

test("the table tells what limits a key although no policy can say it", () => {
  const granted = {
    models: ["gpt-5.2"],
    limits: null,
    others: [
      { of: "spend", shown: "max_budget 2, budget_duration 1h", reason: "policies have a day" },
      { of: "requestsPerMinute", shown: "rpm_limit 0", reason: "unset", unset: true },
    ],
  } as const;
  const key = { id: "k", name: "hourly", disabled: false, granted };
  const table = tableOf({ vendor: "litellm", keys: [key], secrets: [], unread: [] }, NOW);
  expect(table).toContain("models gpt-5.2; max_budget 2, budget_du…");
  expect(table).not.toContain("rpm_limit");
});
