import { sharedName } from "../../src/model/names";
import { inventoryOf } from "../../src/review/inventory";
import { readPlan } from "../../src/review/read-plan";
import { newIssuer, newKey } from "../constructs/support";
import { type Base, basesOf, reviewed } from "./mutants/bases";
import { planBetween } from "./plan";
import { removeFolders, synthesised } from "./support";

afterAll(removeFolders);

/** CDKTF leaves out a part of a name that the one before ends in. */
const PREFIXES = [
  "ai-keys/openai",
  "team/controller",
  "team/observer",
  "team/observed",
  "team/states",
  "team/repairs",
  "team/differing",
  "keys",
  "s",
];

function stackOf(prefix: string): { readonly folder: string; readonly base: Base } {
  const folder = synthesised((stack) => newKey(stack, newIssuer(stack, { prefix }), {}, "kept"));
  const [base] = basesOf(folder);
  if (base === undefined) throw new Error("no stack");
  return { folder, base };
}

const loosened = (base: Base, json: Base["json"], of = base.json) =>
  reviewed({ ...base, json: of }, json)
    .entries.filter(({ verdicts }) => verdicts.includes("loosened"))
    .flatMap(({ fields }) => fields.filter(({ direction }) => direction !== undefined).map(({ field }) => field));

describe.each(PREFIXES)("of an issuer with the prefix %s", (prefix) => {
  const { folder, base } = stackOf(prefix);
  const named = prefix.replace("/", "-");
  const idOf = (part: string) => {
    const { locals, data } = base.json;
    const ids = [...Object.keys(Object(locals)), ...Object.keys(Object(Object(data)["aws_lambda_invocation"]))];
    return ids.find((id) => id.slice(0, -9) === sharedName(named, part)) ?? "";
  };

  test("what its keys share is known when it is new, and plans are seen to ask its observer", () => {
    const { terraform, provider } = base.json;
    expect(loosened(base, base.json, { terraform, provider })).toEqual([]);
    const { after } = readPlan("plan", planBetween(folder, folder));
    expect(inventoryOf(after).issuers.map(({ driftAtPlan }) => driftAtPlan)).toEqual([true]);
  });

  test.each(["observer", "states", "repairs", "differing"])("another local for %s is loosened", (part) => {
    const id = idOf(part);
    expect(id).not.toBe("");
    const locals = { ...Object(base.json["locals"]), [id]: "$" + "{local.mine}" };
    expect(loosened(base, { ...base.json, locals })).toContain(`local ${id}`);
  });

  test("another question to its observer is loosened", () => {
    const id = idOf("observed");
    const data = JSON.parse(JSON.stringify(base.json["data"]));
    data.aws_lambda_invocation[id].input = '{"action":"observe","keys":{}}';
    expect(loosened(base, { ...base.json, data })).toContain(`data.aws_lambda_invocation.${id}`);
  });
});
