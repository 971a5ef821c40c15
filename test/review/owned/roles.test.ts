import { newIssuer, newKey } from "../../constructs/support";
import { type Base, basesOf, reviewed } from "../mutants/bases";
import { removeFolders, synthesised } from "../support";

afterAll(removeFolders);

type Roles = NonNullable<Parameters<typeof newIssuer>[1]>["roles"];

function stackOf(roles?: Roles): Base {
  const folder = synthesised((stack) => newKey(stack, newIssuer(stack, roles === undefined ? {} : { roles })));
  const [base] = basesOf(folder);
  if (base === undefined) throw new Error("no stack");
  return base;
}

const rolesIn = ({ json }: Base): Record<string, Record<string, unknown>> =>
  Object(Object(json["resource"])["aws_iam_role"]);

const loosened = (before: Base, json: Base["json"]) =>
  reviewed(before, json)
    .entries.filter(({ verdicts }) => verdicts.includes("loosened"))
    .flatMap(({ fields }) => fields.filter(({ direction }) => direction !== undefined).map(({ field }) => field));

describe("a role of a function", () => {
  // Policies of the organisation, which nobody sees here, may go by the ARN of a role.
  it.each<[string, Roles, Roles, RegExp]>([
    ["at another path", { path: "/platform/" }, { path: "/break-glass/" }, /_role_\w+\.path$/],
    ["at a path of its own", undefined, { path: "/break-glass/" }, /_role_\w+\.path$/],
    ["by another prefix", { namePrefix: "platform-" }, { namePrefix: "admin-" }, /_role_\w+\.name$/],
    ["by a prefix of its own", undefined, { namePrefix: "admin-" }, /_role_\w+\.name$/],
  ])("that is named %s is loosened, for controller and observer", (_, before, after, field) => {
    const found = loosened(stackOf(before), stackOf(after).json).filter((each) => field.test(each));

    expect(found).toHaveLength(2);
  });

  it("at the path that AWS takes by itself is the same as without one", () => {
    const base = stackOf();
    const json = JSON.parse(JSON.stringify(base.json));
    for (const role of Object.values(rolesIn({ ...base, json }))) role["path"] = "/";

    expect(loosened(base, json)).toEqual([]);
  });

  it.each<[string, Roles]>([
    ["the library", undefined],
    ["an organisation", { namePrefix: "platform-", path: "/platform/" }],
  ])("with a copy beside it of the name that %s has chosen is loosened", (_, roles) => {
    const base = stackOf(roles);
    for (const [id, role] of Object.entries(rolesIn(base))) {
      const json = JSON.parse(JSON.stringify(base.json));
      json.resource.aws_iam_role[`${id}_2`] = role;

      expect([id, loosened(base, json)]).toEqual([id, [`aws_iam_role.${id}_2`]]);
    }
  });
});
