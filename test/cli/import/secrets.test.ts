import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { Inventory } from "../../../src/cli/import/inventory";
import { GrownByHand } from "./fixture";

const ANTHROPIC = "sk-ant-api03-0123456789abcdef0123456789";
const ELEVEN = "sk_0123456789abcdef0123456789abcdef";

describe("secrets that look like keys", () => {
  let grown: GrownByHand;
  beforeEach(async () => {
    grown = await GrownByHand.start();
  });
  afterEach(() => grown.close());

  const inventory = async (options: object = {}): Promise<Inventory> =>
    JSON.parse(await grown.run({ json: true, adminSecret: "ai/admin/openai", ...options }));
  const read = () => grown.aws.service;

  test.each<[string, { description?: string; tags?: Record<string, string> }, string[] | undefined, string]>([
    ["prod/openai-key", {}, ["openai"], "name"],
    ["prod/OpenAIApiKey", {}, ["openai"], "name"],
    ["OPENAI_API_KEY", {}, ["openai"], "name"],
    ["prod/azure-openai", {}, ["azure-openai"], "name"],
    ["prod/hugging_face", {}, ["huggingface"], "name"],
    ["prod/one", { description: "key of Claude for the chat" }, ["anthropic"], "description"],
    ["prod/two", { tags: { vendor: "OpenRouter" } }, ["openrouter"], "tag vendor"],
    ["prod/llm", {}, [], "name"],
    ["prod/database", { description: "password of the database" }, undefined, ""],
    ["prod/openair-tickets", {}, undefined, ""],
    ["prod/maxairflow", {}, undefined, ""],
  ])("are known by what is written on them, unread: %s %j", async (name, more, vendors, because) => {
    // GIVEN
    await grown.secret(name, ANTHROPIC, more);

    // WHEN
    const { secrets } = await inventory();

    // THEN
    expect(secrets.map((secret) => [secret.name, secret.vendors, secret.because])).toEqual(
      vendors === undefined ? [] : [[name, vendors, [because]]],
    );
    expect(JSON.stringify(await read().call("DescribeSecret", { SecretId: name }, { principal: "t" }))).not.toContain(
      "LastAccessedDate",
    );
  });

  test.each<[string, string, string[] | undefined, string]>([
    ["text", ANTHROPIC, ["anthropic"], "value"],
    ["text with a line's end", `${ANTHROPIC}\n`, ["anthropic"], "value"],
    ["JSON", JSON.stringify({ a: 1, deep: { keys: ["x", ELEVEN] } }), ["elevenlabs"], "field deep.keys.1"],
    ["a shape of several", JSON.stringify({ token: "sk-0123456789abcdef0123" }), ["litellm"], "field token"],
    [
      "a shape of several, and a field that tells",
      JSON.stringify({ LITELLM_KEY: "sk-0123456789abcdef0123" }),
      ["litellm"],
      "field LITELLM_KEY",
    ],
    [
      "no shape, and a field that tells",
      JSON.stringify({ MISTRAL_API_KEY: "0123456789abcdef0123" }),
      ["mistral"],
      "field MISTRAL_API_KEY",
    ],
    ["a password", JSON.stringify({ password: "0123456789abcdef0123" }), undefined, ""],
    ["a short word", "sk-learn", undefined, ""],
    ["broken JSON", `{"a": "${ANTHROPIC}`, ["anthropic"], "value"],
  ])("are known by what is inside when asked to look: %s", async (_, text, vendors, because) => {
    // GIVEN
    await grown.secret("prod/some", text);

    // WHEN
    const without = await inventory();
    const { secrets } = await inventory({ lookInside: true });

    // THEN
    expect(without.secrets).toEqual([]);
    expect(secrets.map((secret) => [[...secret.vendors].sort(), secret.because])).toEqual(
      vendors === undefined ? [] : [[vendors, [because]]],
    );
    expect(JSON.stringify(secrets)).not.toContain(text.slice(-12));
  });

  test("show no value, wherever somebody wrote it: in a field's name, a description or a tag", async () => {
    // GIVEN
    await grown.secret("prod/openai", JSON.stringify({ [ANTHROPIC]: ELEVEN }), {
      description: `was ${ANTHROPIC}`,
      tags: { openai: ELEVEN },
    });

    // WHEN
    const outputs = [
      await grown.run({ lookInside: true }),
      await grown.run({ lookInside: true, json: true }),
      await grown.run({
        lookInside: true,
        vendor: "openai",
        secrets: true,
        adminSecret: "ai/admin/openai",
        setting: [`projectId=${grown.projectId}`],
      }),
      ...grown.progress,
    ];

    // THEN
    expect(outputs.join("\n")).toContain("[redacted]");
    for (const value of [ANTHROPIC, ELEVEN, ...grown.values]) expect(outputs.join("\n")).not.toContain(value);
  });

  test("that cannot be read are named with the reason, and the others are found", async () => {
    // GIVEN
    await grown.secret("prod/a", ANTHROPIC);
    await grown.secret("prod/b", ANTHROPIC);
    const send = grown.aws.client.send.bind(grown.aws.client);
    jest.spyOn(grown.aws.client, "send").mockImplementation((async (command: object) => {
      const denied = command instanceof GetSecretValueCommand && String(command.input.SecretId).includes("prod/a-");
      if (denied) throw Object.assign(new Error(`no right to read ${ANTHROPIC}`), { name: "AccessDeniedException" });
      return send(command as GetSecretValueCommand);
    }) as typeof send);

    // WHEN
    const { secrets, unread } = await inventory({ lookInside: true });

    // THEN
    expect(secrets.map(({ name }) => name)).toEqual(["prod/b"]);
    expect(unread).toEqual([{ name: "prod/a", reason: "AccessDeniedException" }]);
  });

  test("that a declared key has already are marked, and not declared again", async () => {
    // GIVEN
    await grown.secret("ai-keys/openai/summariser", "any", { tags: { "scoped-keys:issuer": "ai-keys/openai" } });
    await grown.rotatedBy("ai-keys/openai/summariser", "ai-keys-openai-controller");
    // Looks like one: by its function alone, or with the tag of another issuer.
    await grown.secret("prod/openai", "any");
    await grown.rotatedBy("prod/openai", "prod-controller");

    // WHEN
    const { secrets } = await inventory();
    const code = await grown.runOpenAi();

    // THEN
    expect(secrets.map(({ name, declared, rotates }) => [name, declared, rotates])).toEqual([
      ["ai-keys/openai/summariser", true, true],
      ["prod/openai", false, true],
    ]);
    expect(code).toContain("// - secret ai-keys/openai/summariser already belongs to a declared key");
    expect(code).toContain("// A function rotates it: cancel that rotation first.");
    expect(code.match(/existingSecretArn/g)).toHaveLength(1);
  });
});
