import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Lazy, type TerraformStack } from "cdktf";
import { unzipSync } from "fflate";
import { AdminKey, CustomAdapter, CustomIssuer, type CustomIssuerProps, ScopedKey } from "../../constructs";
import { bundleAdapter } from "../../examples/custom-issuer/bundle";
import { AdapterFiles, adapterSource, DESCRIPTOR } from "../custom/support";
import { newStack, only, refusal, render, WEEKLY } from "./support";

const token = (value: string) => Lazy.stringValue({ produce: () => value });

describe("a custom issuer", () => {
  const files = new AdapterFiles();
  const folder = mkdtempSync(join(tmpdir(), "custom-issuer-"));
  const file = files.write(adapterSource());
  const ownFile = files.write(
    adapterSource(
      {},
      DESCRIPTOR.replace('baseUrls: ["https://api.acme.example/v1"]', "ownBaseUrl: true, baseUrls: []"),
    ),
  );
  afterAll(() => {
    files.remove();
    rmSync(folder, { recursive: true });
  });

  const declare = (stack: TerraformStack, props: Partial<CustomIssuerProps> = {}) =>
    new CustomIssuer(stack, "acme", {
      adapter: CustomAdapter.fromFile(file),
      adminKey: AdminKey.fromSecretName("ai/admin/acme"),
      ...props,
    });
  const newKey = (stack: TerraformStack, issuer: CustomIssuer, scope: string) =>
    new ScopedKey(stack, "summariser", {
      issuer,
      owner: "search-team@example.com",
      purpose: "Summaries",
      scopes: [issuer.scope(scope)],
      lifetime: WEEKLY,
    });
  /** Functions of a stack that is written to a folder: their zips, by the name of the function. */
  const synthesised = (name: string, adapter: string) => {
    const outdir = join(folder, name);
    const app = new App({ outdir });
    declare(newStack(app, "acme-keys"), { adapter: CustomAdapter.fromFile(adapter) });
    app.synth();
    const stack = join(outdir, "stacks", "acme-keys");
    const { resource } = JSON.parse(readFileSync(join(stack, "cdk.tf.json"), "utf8")) as {
      resource: { aws_lambda_function: Record<string, Record<string, string>> };
    };
    return Object.values(resource.aws_lambda_function).map(({ function_name, filename = "", source_code_hash }) => ({
      name: function_name,
      filename,
      hash: source_code_hash,
      zip: readFileSync(join(stack, filename)),
    }));
  };

  test.each([
    ["a vendor's value", 'const key = "sk-proj-9fK2mQ7xTz4LbV8cN1wR5yJ3";'],
    ["a value with the adapter's own prefix", 'const key = "acme_9fK2mQ7xTz4LbV8cN1wR5yJ3";'],
    [
      "a private key",
      `const key = "-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\\n";`,
    ],
  ])("refuses an adapter file with %s in it, which whoever plans could read, and does not show it", (_, before) => {
    const adapter = CustomAdapter.fromFile(files.write(adapterSource({}, DESCRIPTOR, before)));
    const { code, message } = refusal(() => declare(newStack(), { adapter }));
    expect(code).toBe("SK180");
    expect(message).not.toMatch(/9fK2mQ7|MIIEv/);
  });

  test("takes an adapter file that names the form of values and keys", () => {
    const before =
      'const pem = "-----BEGIN PRIVATE KEY-----"; const starts = ["sk-proj-", "acme_"]; const name = "sk-team-search";';
    const adapter = CustomAdapter.fromFile(files.write(adapterSource({}, DESCRIPTOR, before)));
    expect(() => declare(newStack(), { adapter })).not.toThrow();
  });

  test("deploys the package's code with the adapter beside it, unchanged", () => {
    const functions = synthesised("one", file);
    expect(functions.map(({ name }) => name)).toEqual(["acme-keys-acme-controller", "acme-keys-acme-observer"]);
    for (const { zip, name = "" } of functions) {
      const unzipped = unzipSync(zip);
      const role = name.split("-").at(-1);
      const shipped = unzipSync(readFileSync(join(__dirname, `../../lib/lambda/custom/${role}.zip`)));
      expect(Object.keys(unzipped)).toEqual(["index.js", "adapter.js"]);
      expect(Buffer.from(unzipped["index.js"] ?? []).equals(Buffer.from(shipped["index.js"] ?? []))).toBe(true);
      expect(Buffer.from(unzipped["adapter.js"] ?? []).equals(readFileSync(file))).toBe(true);
    }
  });

  test("has the same bytes and the same hash for the same files, and others for another adapter", () => {
    const [first, second, other] = [
      synthesised("two", file),
      synthesised("three", files.write(adapterSource())),
      synthesised("four", files.write(`${adapterSource()}\n`)),
    ];
    expect(second.map(({ filename, hash }) => [filename, hash])).toEqual(
      first.map(({ filename, hash }) => [filename, hash]),
    );
    for (const [index, { zip }] of first.entries())
      expect(zip.equals(second[index]?.zip ?? Buffer.alloc(0))).toBe(true);
    for (const [index, { hash }] of first.entries()) expect(other[index]?.hash).not.toBe(hash);
  });

  test("gives its settings to the functions, tokens too, and lets the adapter's facts hold", () => {
    // GIVEN
    const stack = newStack();
    const region = token("eu");
    // WHEN
    const issuer = declare(stack, { settings: { region, baseUrl: "https://api.acme.example/v1" } });
    newKey(stack, issuer, "read");
    // THEN
    const rendered = render(stack);
    const { environment, handler } = only(rendered.resource["aws_lambda_function"], "controller");
    expect(handler).toBe("index.handler");
    expect(JSON.parse(environment.variables.SCOPED_KEYS_VENDOR_SETTINGS)).toEqual({
      region: "eu",
      baseUrl: "https://api.acme.example/v1",
    });
    expect(environment.variables.SCOPED_KEYS_ADMIN_CALLS_PER_MINUTE).toBe("60");
    expect(only(rendered.resource["aws_lambda_invocation"]).input).toContain('"vendor":"acme"');
  });

  test("refuses scopes that the descriptor does not name", () => {
    const stack = newStack();
    const issuer = declare(stack);
    expect(refusal(() => newKey(stack, issuer, "write"))).toMatchObject({ code: "SK102", allowed: "read" });
  });

  test.each<[string, string, CustomIssuerProps["settings"]]>([
    ["an empty setting", "SK150", { region: "" }],
    ["a setting that was never set", "SK150", { region: undefined as unknown as string }],
    ["a base URL that is not the vendor's", "SK152", { baseUrl: "https://example.com" }],
  ])("refuses %s", (_, code, settings = {}) => {
    expect(refusal(() => declare(newStack(), { settings }))).toMatchObject({ code, constructPath: "ai-keys/acme" });
  });

  test("takes a base URL of the user's own, where the descriptor lets it, that is sound", () => {
    const adapter = CustomAdapter.fromFile(ownFile);
    declare(newStack(), { adapter, settings: { baseUrl: "https://keys.example.com/v1" } });
    const at = (baseUrl: string) => refusal(() => declare(newStack(), { adapter, settings: { baseUrl } }));
    expect(at("http://keys.example.com")).toMatchObject({ code: "SK152" });
    expect(at("https://169.254.169.254")).toMatchObject({ code: "SK152" });
  });
});

describe("the example of a custom issuer", () => {
  test("is synthesised from its bundle", () => {
    // GIVEN
    bundleAdapter(join(__dirname, "../../examples/custom-issuer/dist/acme.js"));
    const outdir = mkdtempSync(join(tmpdir(), "custom-example-"));
    const saved = process.env["CDKTF_OUTDIR"];
    process.env["CDKTF_OUTDIR"] = outdir;
    try {
      // WHEN
      require("../../examples/custom-issuer/main");
      // THEN
      const text = readFileSync(join(outdir, "stacks", "acme-keys", "cdk.tf.json"), "utf8");
      expect(text).toContain('"acme-keys/acme/summariser"');
    } finally {
      if (saved === undefined) delete process.env["CDKTF_OUTDIR"];
      else process.env["CDKTF_OUTDIR"] = saved;
      rmSync(outdir, { recursive: true });
    }
  });
});
