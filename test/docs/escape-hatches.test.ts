import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import { newIssuer, newKey, newStack } from "../constructs/support";

const page = readFileSync(join(__dirname, "../../docs/escape-hatches.md"), "utf8");

/** Rows of the table under a heading: id and type. */
function listed(heading: string): string[] {
  const [, section = ""] = page.split(`## ${heading}\n`);
  const rows = (section.split(/^## /m)[0] ?? "").matchAll(/^\| `([\w/]+)`.*?\| `(aws_\w+)`/gm);
  return [...rows].map(([, id, type]) => `${id} ${type}`).sort();
}

function resourcesIn(construct: Construct): string[] {
  return construct.node
    .findAll()
    .filter((each) => TerraformResource.isTerraformResource(each))
    .map((each) => `${each.node.path.slice(construct.node.path.length + 1)} ${each.terraformResourceType}`)
    .sort();
}

describe("docs/escape-hatches.md", () => {
  const stack = newStack();
  const issuer = newIssuer(stack, { project: { models: ["gpt-5.2"] } });
  const key = newKey(stack, issuer);

  test("has the id and the type of each resource of a key", () => {
    expect(listed("Of a `ScopedKey`")).toEqual(resourcesIn(key));
    expect(key.node.defaultChild).toBe(key.node.findChild("secret"));
  });

  test("has the id and the type of each resource of an issuer", () => {
    expect(listed("Of an issuer")).toEqual(resourcesIn(issuer));
    expect(issuer.node.defaultChild).toBe(issuer.node.findChild("controller").node.findChild("function"));
  });
});
