import fc from "fast-check";
import {
  Context,
  compile,
  decide,
  type Policies,
  type Principal,
  policyOf,
  rightsOf,
  type Statement,
} from "../../src/iam";
import { defined } from "../../src/model/defined";

const RUNS = 300;
const ACCOUNT = "111122223333";
const USER: Principal = { kind: "user", arn: `arn:aws:iam::${ACCOUNT}:user/carlos` };
const ACTIONS = ["secretsmanager:getsecretvalue", "secretsmanager:putsecretvalue", "lambda:invokefunction"];
const RESOURCES = ["arn:aws:x:r:1:secret:a-1", "arn:aws:x:r:1:secret:b-1", "arn:aws:x:r:2:function:a"];

const actions = fc.uniqueArray(
  fc.constantFrom("*", "secretsmanager:*", "secretsmanager:Get*", "lambda:InvokeFunction", "*:*value", "s3:*"),
  { minLength: 1, maxLength: 2 },
);
const resources = fc.uniqueArray(
  fc.constantFrom("*", "arn:aws:x:*:1:*", "arn:aws:x:r:1:secret:a-?", "arn:*:secre?:b-*", "arn:aws:x:r:2:function:*"),
  { minLength: 1, maxLength: 2 },
);
const conditions = fc.constantFrom(
  undefined,
  undefined,
  { StringEquals: { tag: "x" } },
  { StringNotEquals: { tag: "x" } },
  { Null: { tag: "true" } },
);
const statement = fc
  .record({
    Effect: fc.constantFrom("Allow", "Allow", "Deny"),
    not: fc.constantFrom("", "", "", "Action", "Resource"),
    actions,
    resources,
    Condition: conditions,
  })
  .map(({ Effect, not, actions, resources, Condition }) => ({
    Effect,
    [not === "Action" ? "NotAction" : "Action"]: actions,
    [not === "Resource" ? "NotResource" : "Resource"]: resources,
    ...defined({ Condition }),
  }));
const statements = fc.array(statement, { maxLength: 4 });

const read = (written: readonly object[]): readonly Statement[] =>
  policyOf({ Version: "2012-10-17", Statement: written })?.statements ?? [];
const policies = (written: readonly object[]): Policies => ({
  identity: [{ version: "2012-10-17", statements: read(written) }],
  resourceAccount: ACCOUNT,
});
const requests = ACTIONS.flatMap((action) =>
  RESOURCES.flatMap((resource) =>
    [{}, { tag: "x" }, { tag: "y" }].map((values) => ({
      action,
      resource,
      principal: USER,
      context: new Context(values, true),
    })),
  ),
);
const allowed = (written: readonly object[]) =>
  requests.filter((request) => decide(request, policies(written)) === "allowed");

/** Without any code of the evaluator. */
function naive(written: readonly Record<string, unknown>[], request: (typeof requests)[number]): boolean {
  const fits = (list: unknown, text: string, fold: boolean) =>
    (list as string[]).some((entry) =>
      new RegExp(`^${entry.replace(/[*?]/g, (c) => (c === "*" ? ".*" : "."))}$`, fold ? "i" : "").test(text),
    );
  const applies = (each: Record<string, unknown>) => {
    const { Action, NotAction, Resource, NotResource, Condition } = each;
    if (Action === undefined ? fits(NotAction, request.action, true) : !fits(Action, request.action, true))
      return false;
    if (Resource === undefined ? fits(NotResource, request.resource, false) : !fits(Resource, request.resource, false))
      return false;
    const tag = request.context.get("tag")?.[0];
    if (Condition === undefined) return true;
    if ("StringEquals" in (Condition as object)) return tag === "x";
    return "Null" in (Condition as object) ? tag === undefined : tag !== "x";
  };
  const of = (effect: string) => written.some((each) => each["Effect"] === effect && applies(each));
  return of("Allow") && !of("Deny");
}

describe("decisions", () => {
  test("are those of an evaluator written anew", () => {
    fc.assert(
      fc.property(statements, fc.constantFrom(...requests), (written, request) => {
        expect(decide(request, policies(written)) === "allowed").toBe(naive(written, request));
      }),
      { numRuns: 2_000 },
    );
  });

  test("one more statement that allows takes nothing away, one more that denies gives nothing", () => {
    fc.assert(
      fc.property(statements, statement, (written, more) => {
        const [before, after] = [allowed(written), allowed([...written, more])];
        const [fewer, greater] = more.Effect === "Allow" ? [before, after] : [after, before];
        expect(fewer.filter((request) => !greater.includes(request))).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  test("a boundary gives nothing", () => {
    fc.assert(
      fc.property(statements, statements, (written, boundary) => {
        const limited = {
          ...policies(written),
          boundary: { version: "2012-10-17" as const, statements: read(boundary) },
        };
        for (const request of requests) {
          if (decide(request, limited) === "allowed") expect(allowed(written)).toContain(request);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("rights on resources of a pattern", () => {
  const patterns = ["*", "arn:aws:x:*:1:secret:*", "arn:*:secret:a-?", "arn:aws:x:r:2:function:a"];

  test("leave out nothing that some request may do", () => {
    fc.assert(
      fc.property(statements, fc.constantFrom(...patterns), (written, pattern) => {
        const found = rightsOf(read(written), { actions: ACTIONS, resource: compile(pattern) });
        const matching = new RegExp(`^${pattern.replace(/[*?]/g, (c) => (c === "*" ? ".*" : "."))}$`);
        for (const { action, resource } of allowed(written)) {
          if (matching.test(resource)) expect(found.map((right) => right.action)).toContain(action);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test("that no condition and no denial limits, and all of which is known, are ones that some request has", () => {
    fc.assert(
      fc.property(statements, fc.constantFrom(...RESOURCES), (written, resource) => {
        const found = rightsOf(read(written), { actions: ACTIONS, resource: compile(resource, { literal: true }) });
        const may = allowed(written);
        for (const { action, conditions, unless } of found.filter((right) => right.allowed === "yes")) {
          if (conditions.length > 0 || unless.length > 0) continue;
          expect(may.some((request) => request.action === action && request.resource === resource)).toBe(true);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test("one more statement that denies gives none, one more that allows takes none away", () => {
    const told = (written: readonly object[]) =>
      rightsOf(read(written), { actions: ACTIONS, resource: compile("arn:aws:x:*:1:secret:*") }).map(
        ({ action }) => action,
      );
    fc.assert(
      fc.property(statements, statement, (written, more) => {
        const [before, after] = [new Set(told(written)), new Set(told([...written, more]))];
        const [fewer, greater] = more.Effect === "Allow" ? [before, after] : [after, before];
        expect([...fewer].filter((action) => !greater.has(action))).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});
