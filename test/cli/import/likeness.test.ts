import { gzipSync } from "node:zlib";
import { likenessesIn, spokenOf } from "../../../src/cli/import/likeness";
import { SeededRandom } from "../../../src/sandbox/vendors/random";
import { VALUES_BY_VENDOR } from "../../support/vendor-values";

const random = new SeededRandom("look-alikes");
const hex = (length: number) => Buffer.from(random.urlSafe(length)).toString("hex").slice(0, length);
/** No key of anybody's: made anew, of the forms that vendors publish. */
const madeFor = (vendor: string, at = 0) => VALUES_BY_VENDOR[vendor]?.[at]?.(random) ?? "";
const OPENAI = madeFor("openai", 2);
const ANTHROPIC = madeFor("anthropic");
const GEMINI = madeFor("gemini");
const FORMLESS = madeFor("mistral");
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString("base64");
const wrapped = (text: string) => base64(text).replace(/(.{40})/g, "$1\n");

const vendorsOf = (value: string | Uint8Array, written: string[] = []) => [
  ...new Set(likenessesIn(value, written).likenesses.flatMap(({ vendors }) => vendors)),
];

describe("what is in a secret", () => {
  test.each<[string, string | Uint8Array, string[]]>([
    ["a dotenv file", `# of the chat\nexport OPENAI_KEY="${OPENAI}"\nPORT=80\n`, ["openai"]],
    ["a dotenv line that is commented out", `PORT=80\n# ANY=${OPENAI}\n`, ["openai"]],
    ["a dotenv line with a comment behind it", `A=1\nANY=${OPENAI} # old`, ["openai"]],
    ["YAML", `chat:\n  model: x\n  keys:\n    - name: a\n      value: ${ANTHROPIC}\n`, ["anthropic"]],
    ["YAML, in a list", `keys:\n  - '${ANTHROPIC}'\n  - "${OPENAI}"\n`, ["anthropic", "openai"]],
    ["an INI file", `[chat]\nany = ${ANTHROPIC}\n`, ["anthropic"]],
    ["a header", `Authorization: Bearer ${OPENAI}`, ["openai"]],
    ["a header in JSON", JSON.stringify({ headers: { authorization: `Bearer ${OPENAI}` } }), ["openai"]],
    ["basic credentials", `Basic ${base64(`user:${OPENAI}`)}`, ["openai"]],
    ["base64", base64(OPENAI), ["openai"]],
    ["base64 of JSON in JSON", JSON.stringify({ file: base64(JSON.stringify({ any: OPENAI })) }), ["openai"]],
    ["wrapped base64", wrapped(`first=1\nany=${OPENAI}\nlast=2`), ["openai"]],
    ["JSON in JSON", JSON.stringify({ config: JSON.stringify({ any: JSON.stringify([OPENAI]) }) }), ["openai"]],
    ["a dotenv file in JSON", JSON.stringify({ ".env": `A=1\nANY=${OPENAI}\n` }), ["openai"]],
    ["the user of a URL", `https://any:${ANTHROPIC}@proxy.example.com/v1`, ["anthropic"]],
    ["a URL's query", `https://generativelanguage.googleapis.com/v1?key=${GEMINI}`, ["gemini"]],
    ["a URL's query, encoded", `https://example.com/?next=${encodeURIComponent(`/a?key=${ANTHROPIC}`)}`, ["anthropic"]],
    ["binary that is text", new TextEncoder().encode(`ANY=${OPENAI}`), ["openai"]],
    ["a compressed file", gzipSync(`ANY=${OPENAI}`), ["openai"]],
    ["base64 of a compressed file", JSON.stringify({ release: base64(gzipSync(`ANY=${OPENAI}`)) }), ["openai"]],
    ["a file of Windows", Buffer.from(`\ufeffANY=${OPENAI}\r\n`, "utf16le"), ["openai"]],
    ["a sentence", `the key is ${OPENAI}, and it works`, ["openai"]],
    ["single quotes in a line of many", `A=1 B='${OPENAI}' C=3`, ["openai"]],
  ])("is found in %s", (_, value, vendors) => {
    expect(vendorsOf(value)).toEqual(vendors);
    expect(likenessesIn(value, []).unread).toEqual([]);
  });

  // Values without a form of their own: the name stands somewhere before them.
  test.each<[string, string]>([
    ["a section of YAML", `chat:\n  port: 80\nmistral:\n  # of the team\n  api_key: ${FORMLESS}\nother: 1\n`],
    ["a block of YAML", `MISTRAL_API_KEY: |-\n  ${FORMLESS}\nother: 1\n`],
    ["a pair of YAML", `env:\n  - name: MISTRAL_API_KEY\n    value: ${FORMLESS}\n  - name: PORT\n    value: 80\n`],
    ["a pair of JSON", JSON.stringify([{ name: "MISTRAL_API_KEY", value: FORMLESS }])],
    ["a section of TOML", `[chat]\nport = 80\n[mistral]\napi_key = "${FORMLESS}"\n`],
    ["JSON that does not parse", `{"MISTRAL_API_KEY": "${FORMLESS}",}`],
    ["indented JSON that does not parse", `{\n  "mistral": {\n    "key": "${FORMLESS}",\n  },\n}`],
    ["a dictionary of Python", `{'MISTRAL_API_KEY': '${FORMLESS}'}`],
    ["a line of a program", `const mistral = new Mistral({ apiKey: "${FORMLESS}" });`],
    ["a command", `setx MISTRAL_API_KEY ${FORMLESS}`],
    ["a netrc file", `machine api.mistral.ai login any password ${FORMLESS}`],
    ["XML", `<add key="MISTRAL_API_KEY" value="${FORMLESS}" />`],
  ])("is known by the name in %s", (_, value) => {
    expect(vendorsOf(value)).toEqual(["mistral"]);
  });

  test("is known by the host in a connection string", () => {
    const value = `Endpoint=https://team.openai.azure.com/;ApiKey=${madeFor("azure-openai")}`;
    expect(vendorsOf(value)).toEqual(["azure-openai"]);
  });

  test.each<[string, string]>([
    ["the next section", `mistral:\n  port: 80\nother:\n  api_key: ${FORMLESS}\n`],
    ["the next section of an INI file", `[mistral]\nport=80\n[other]\napi_key=${FORMLESS}\n`],
    ["the next pair", `- name: MISTRAL_API_KEY\n- name: OTHER_KEY\n  value: ${FORMLESS}\n`],
    ["a model behind a key", 'curl -H "Authorization: Bearer $KEY" api.mistral.ai -d mistral-large-2411-instruct'],
  ])("is not taken for the vendor's of whom something else speaks: %s", (_, value) => {
    expect(vendorsOf(value)).toEqual([]);
  });

  test("what is compressed and cannot be read is said", () => {
    const cut = gzipSync(`ANY=${OPENAI}`).subarray(0, 30);
    const huge = gzipSync(Buffer.alloc(4 << 20, "a"));
    for (const value of [base64(cut), base64(huge)]) {
      expect(likenessesIn(value, []).unread).toEqual(["it contains compressed data that could not be read"]);
    }
  });

  test.each(
    Object.entries(VALUES_BY_VENDOR).flatMap(([vendor, shapes]) =>
      shapes.map((shape, at) => [vendor, at, shape] as const),
    ),
  )("is known as %s's (form %d) under that vendor's name", (vendor, _, shape) => {
    const name = `${vendor.replaceAll("-", "_").toUpperCase()}_API_KEY`;
    expect(vendorsOf(JSON.stringify({ [name]: shape(random) }))).toEqual([vendor]);
  });

  test.each<[string, string]>([
    ["a key of Stripe's", `sk_live_${random.alphanumeric(48)}`],
    ["a test key of Stripe's", `sk_test_${random.alphanumeric(24)}`],
    ["a restricted key of Stripe's", `rk_live_${random.alphanumeric(48)}`],
    ["a key of DeepSeek's", `sk-${hex(32)}`],
    ["a key of DeepSeek's, in OpenAI's place", `OPENAI_API_KEY=sk-${hex(32)}`],
    ["a key of Langfuse's", `sk-lf-${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`],
    ["Cloudflare's global key", `cfk_${random.alphanumeric(48)}`],
    ["Firebase's settings", JSON.stringify({ apiKey: GEMINI, authDomain: "x.example.com", messagingSenderId: "1" })],
    ["a key of Maps", `GOOGLE_MAPS_API_KEY=${GEMINI}`],
    ["a key of YouTube", JSON.stringify({ youtube: { key: GEMINI } })],
    ["a password", JSON.stringify({ username: "a", password: random.alphanumeric(32) })],
    ["a URL beside a key", "OPENAI_BASE_URL=https://gateway-2.example.com/v1/openai"],
    ["a model", "OPENAI_MODEL=gpt-5.2-2026-03-01-preview"],
    ["a certificate", `-----BEGIN CERTIFICATE-----\n${wrapped(random.urlSafe(200))}\n-----END CERTIFICATE-----`],
    ["a word with a prefix", "hf_summariser fw_team sk-learn xai-models ek_two"],
  ])("is not taken for an AI vendor's: %s", (_, value) => {
    expect(vendorsOf(value)).toEqual([]);
  });

  test.each<[string, string, string[], string[], RegExp | undefined]>([
    ["a key of Google's alone", GEMINI, [], ["gemini"], /Firebase and Maps/],
    ["a key of Google's by a field", `GEMINI_API_KEY=${GEMINI}`, [], ["gemini"], undefined],
    ["a key of Google's by the secret's name", GEMINI, ["prod/gemini"], ["gemini"], undefined],
    ["a token of Cloudflare's alone", madeFor("cloudflare"), [], ["cloudflare"], /DNS/],
    ["a key of some gateway", madeFor("litellm"), [], ["litellm"], /begin with sk-/],
    ["a key of LiteLLM by a field", `LITELLM_KEY=sk-${hex(32)}`, [], ["litellm"], undefined],
  ])("says what it cannot be told from: %s", (_, value, written, vendors, others) => {
    const { likenesses } = likenessesIn(value, written);
    expect(likenesses.map((likeness) => likeness.vendors)).toEqual([vendors]);
    const words = likenesses[0]?.notToldFrom.join();
    if (others === undefined) expect(words).toBe("");
    else expect(words).toMatch(others);
  });

  test.each<[string, string | Uint8Array | undefined, RegExp]>([
    ["binary", new Uint8Array([0, 255, 254, 3]), /binary/],
    ["no value", undefined, /no value/],
    ["a name that stands twice", '{"a": "1", "a": "2"}', /twice/],
    ["more than anybody reads", `a\n${"x y ".repeat(5_000)}`, /more than 2000 texts/],
    ["a text of endless length", "x".repeat(70_000), /characters/],
  ])("that was not read is said: %s", (_, value, reason) => {
    expect(likenessesIn(value, []).unread.join()).toMatch(reason);
  });

  test("is looked at where a name stands twice as well", () => {
    expect(vendorsOf(`{"a": "${OPENAI}", "a": "${ANTHROPIC}"}`)).toEqual(["openai", "anthropic"]);
  });
});

describe("what is written on a secret", () => {
  test.each([
    "cert-manager/cloudflare-api-token",
    "prod/external-dns/cloudflare",
    "cloudflare-dns-api-token",
    "letsencrypt/cloudflare",
    "acme-dns01-cloudflare-token",
    "cloudflare-tunnel-credentials",
    "prod/database",
  ])("is no AI key's: %s", (name) => {
    expect(spokenOf(name)).toMatchObject({ any: false, vendors: [] });
  });

  test.each<[string, string, boolean]>([
    ["prod/cloudflare-workers-ai-token", "cloudflare", true],
    ["prod/cloudflare", "cloudflare", false],
    ["prod/together", "together", false],
    ["prod/together-ai", "together", true],
    ["prod/openai", "openai", true],
  ])("%s speaks of %s, for certain: %s", (name, vendor, certain) => {
    const { vendors, notToldFrom } = spokenOf(name);
    expect(vendors).toEqual([vendor]);
    expect(notToldFrom.length === 0).toBe(certain);
  });
});
