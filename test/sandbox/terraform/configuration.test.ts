import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { readConfiguration, UnreadableConfiguration } from "../../../src/sandbox/terraform/configuration";
import { testTools } from "../support/tools";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scoped-keys-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

const backendsOf = (files: Readonly<Record<string, string>>, tofu = false) => {
  write(files);
  return readConfiguration(folder, tofu).backends.map(({ type, path }) =>
    path === undefined ? type : `${type} ${path}`,
  );
};

describe("the backend of a configuration is found", () => {
  test.each<[string, Record<string, string>, string[]]>([
    ["nowhere", { "main.tf": 'resource "terraform_data" "x" {\n  input = "backend \\"s3\\" {}"\n}\n' }, []],
    ["in a block", { "main.tf": 'terraform {\n  backend "s3" {\n    bucket = "b"\n  }\n}\n' }, ["s3"]],
    ["in one line", { "main.tf": 'terraform { backend "local" { path = "x" } }' }, ["local x"]],
    ["without quotes", { "main.tf": "terraform {\n  backend gcs {}\n}\n" }, ["gcs"]],
    ["as HCP's block", { "main.tf": 'terraform {\n  cloud {\n    workspaces { name = "w" }\n  }\n}\n' }, ["cloud"]],
    [
      "behind comments",
      { "main.tf": '# {\n// "\n/* terraform { */ terraform /* { */ {\n  backend "pg" {}\n}\n' },
      ["pg"],
    ],
    [
      "behind heredocs and templates",
      {
        "main.tf": `locals {\n  a = <<-EOT\n    terraform { backend "s3" {}\n    \${"}"}\n  EOT\n  b = "\${"}{\\""}"\n  c = [for x in ["{"] : { y = x }]\n}\nterraform {\n  backend "consul" {}\n}\n`,
      },
      ["consul"],
    ],
    [
      "as a template, which nobody can tell",
      { "main.tf": `terraform {\n  backend "local" {\n    path = "\${var.p}"\n  }\n}\n` },
      ["local unknown"],
    ],
    ["in JSON", { "cdk.tf.json": '{"terraform":{"backend":{"local":{"path":"p"}}}}' }, ["local p"]],
    [
      "in arrays of JSON",
      { "cdk.tf.json": '{"terraform":[{"required_version":">1"},{"backend":[{"http":[{"address":"a"}]}]}]}' },
      ["http"],
    ],
    [
      "in HCP's JSON",
      { "cdk.tf.json": '{"terraform":{"cloud":{"organization":"o","workspaces":{"name":"w"}}}}' },
      ["cloud"],
    ],
    [
      "twice",
      { "a.tf": "terraform {\n  backend gcs {}\n}\n", "b.tf.json": '{"terraform":{"backend":{"local":{}}}}' },
      ["gcs", "local"],
    ],
    [
      "in the last override",
      {
        "main.tf": 'terraform {\n  backend "s3" {}\n}\n',
        "a_override.tf": 'terraform {\n  backend "local" {}\n}\n',
        "z_override.tf.json": '{"terraform":{"backend":{"azurerm":{}}}}',
      },
      ["azurerm"],
    ],
    [
      "replaced by a local override",
      {
        "main.tf": 'terraform {\n  backend "s3" {}\n}\n',
        "override.tf.json": '{"terraform":{"backend":{"local":{"path":"o"}}}}',
      },
      ["local o"],
    ],
    [
      "not in files that Terraform ignores",
      { ".x.tf": "terraform {\n  cloud {}\n}\n", "main.tf~": "terraform {\n  cloud {}\n}\n" },
      [],
    ],
  ])("%s", (_where, files, found) => {
    expect(backendsOf(files)).toEqual(found);
  });

  test("in files that only OpenTofu reads, for OpenTofu alone", () => {
    const files = { "main.tofu": 'terraform {\n  backend "s3" {}\n}\n' };
    expect(backendsOf(files, true)).toEqual(["s3"]);
    expect(backendsOf(files, false)).toEqual([]);
  });

  test("and so are the states of others that it reads", () => {
    write({
      "main.tf": 'data "terraform_remote_state" "a" {\n  backend = "s3"\n  config = { bucket = "b" }\n}\n',
      "b.tf.json": '{"data":{"terraform_remote_state":{"b":{"backend":"local","config":{"path":"p"}}}}}',
    });
    expect(readConfiguration(folder, false).remoteStates).toEqual([
      { type: "local", file: "b.tf.json" },
      { type: "s3", file: "main.tf" },
    ]);
  });
});

describe("a configuration is not guessed at", () => {
  test.each([
    ["a block without an end", "main.tf", "terraform {\n"],
    ["a string without an end", "main.tf", 'terraform {\n  backend "s3\n}\n'],
    ["a heredoc without an end", "main.tf", "locals {\n  a = <<EOT\n}\n"],
    ["no JSON", "main.tf.json", "{"],
    ["two members of one name", "main.tf.json", '{"terraform":{"cloud":{}},"terraform":{}}'],
  ])("%s", (_what, file, text) => {
    write({ [file]: text });
    expect(() => readConfiguration(folder, false)).toThrow(UnreadableConfiguration);
  });
});

describe("Terraform itself finds the same", () => {
  let server: Server;
  let address: string;
  let terraform: string;
  beforeAll(async () => {
    ({ terraform } = await testTools());
    server = createServer((_request, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/state`;
  });
  afterAll(() => void server.close());

  test.each<[string, (url: string) => Record<string, string>]>([
    ["a block", () => ({ "main.tf": 'terraform {\n  backend "local" {\n    path = "x.tfstate"\n  }\n}\n' })],
    ["no block", () => ({ "main.tf": 'output "x" {\n  value = "terraform { backend"\n}\n' })],
    [
      "a block behind comments",
      () => ({ "main.tf": 'terraform { /* } */\n  backend "local" { # {\n    path = "a/b" // "\n  }\n}\n' }),
    ],
    ["JSON in arrays", () => ({ "c.tf.json": '{"terraform":[{"backend":[{"local":[{"path":"j"}]}]}]}' })],
    [
      "a remote override over a local block",
      (url) => ({
        "main.tf": 'terraform {\n  backend "local" {}\n}\n',
        "b_override.tf.json": JSON.stringify({ terraform: { backend: { http: { address: url } } } }),
      }),
    ],
    [
      "the last of two overrides",
      (url) => ({
        "main.tf": 'terraform {\n  cloud {\n    workspaces {\n      name = "w"\n    }\n  }\n}\n',
        "a_override.tf": `terraform {\n  backend "http" {\n    address = "${url}"\n  }\n}\n`,
        "b_override.tf": 'terraform {\n  backend "local" {\n    path = "last"\n  }\n}\n',
      }),
    ],
  ])("%s", async (_what, filesOf) => {
    // GIVEN
    write(filesOf(address));
    const found = readConfiguration(folder, false).backends.map(({ type, path }) => ({ type, path: path ?? null }));
    // WHEN
    await promisify(execFile)(terraform, ["init", "-input=false"], { cwd: folder });
    // THEN
    const note = join(folder, ".terraform", "terraform.tfstate");
    const settled = existsSync(note)
      ? [JSON.parse(readFileSync(note, "utf8")).backend].map(({ type, config }) => ({
          type,
          path: config.path ?? null,
        }))
      : [];
    expect(found).toEqual(settled);
  });
});
