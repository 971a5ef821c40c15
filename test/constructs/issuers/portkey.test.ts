import { Lazy } from "cdktf";
import {
  AdminKey,
  Duration,
  Lifetime,
  OpenAiScope,
  PortkeyIssuer,
  type PortkeyIssuerProps,
  PortkeyScope,
  ScopedKey,
  type ScopedKeyProps,
  Spend,
} from "../../../constructs";
import { portkeyDescriptor } from "../../../src/vendors/portkey/descriptor";
import { newStack, refusal, render, WEEKLY } from "../support";

const UUID = "183f497a-2a7f-4f47-992e-26213fa863ae";
/** What the types forbid and plain JavaScript does not. */
const untyped = <T>(value: unknown) => value as T;

function issuer(props: Partial<PortkeyIssuerProps> = {}, scope = newStack()): PortkeyIssuer {
  return new PortkeyIssuer(scope, "portkey", {
    adminKey: AdminKey.fromSecretName("ai/admin/portkey"),
    workspaceId: "ws-shared-123",
    ...props,
  });
}

function key(props: Partial<ScopedKeyProps> = {}): ScopedKey {
  const scope = newStack();
  return new ScopedKey(scope, "summariser", {
    issuer: issuer({}, scope),
    owner: "search-team@example.com",
    purpose: "Summaries on the results page",
    scopes: [PortkeyScope.COMPLETIONS_WRITE],
    lifetime: WEEKLY,
    ...props,
  });
}

describe("PortkeyIssuer", () => {
  test.each([
    ["a slug", "ws-shared-123"],
    ["a UUID", UUID],
  ])("gives its functions the workspace, named by %s", (_, workspaceId) => {
    // WHEN
    const scope = newStack();
    issuer({ workspaceId }, scope);

    // THEN
    const functions = Object.values(render(scope).resource["aws_lambda_function"] ?? {});
    expect(functions).toHaveLength(2);
    for (const { environment } of functions) expect(JSON.stringify(environment)).toContain(workspaceId);
  });

  test("takes a token for the workspace", () => {
    const workspaceId = Lazy.stringValue({ produce: () => "ws-later" });
    expect(() => issuer({ workspaceId })).not.toThrow();
  });

  test.each([undefined, "", "ws shared", "ws/1", "-ws", "x".repeat(129), 7])(
    "refuses the workspace %j",
    (workspaceId) => {
      const error = refusal(() => issuer({ workspaceId: untyped<string>(workspaceId) }));
      expect(error.code).toBe("SK150");
      expect(error.message).toContain("`workspaceId`");
    },
  );

  test("sweeps every hour at least, since values are replaced in place", () => {
    expect(refusal(() => issuer({ sweepEvery: Duration.hours(2) })).code).toBe("SK156");
  });

  test("refuses prefixes with which names at Portkey would be too long", () => {
    const scope = newStack();
    const prefix = `${"a".repeat(41)}/b`;
    const declare = () =>
      new ScopedKey(scope, "x".repeat(40), {
        issuer: issuer({ prefix }, scope),
        owner: "search-team@example.com",
        purpose: "Summaries",
        scopes: [PortkeyScope.LOGS_VIEW],
        lifetime: WEEKLY,
      });
    expect(refusal(declare).code).toBe("SK134");
  });
});

describe("keys of Portkey", () => {
  test("are limited in requests, tokens and budget", () => {
    const limits = { requestsPerMinute: 60, tokensPerMinute: 10_000, spend: Spend.perMonth(25) };
    expect(() => key({ limits })).not.toThrow();
  });

  test.each<[string, Partial<ScopedKeyProps>, string]>([
    ["models, which are the workspace's", { models: ["gpt-5.2"] }, "SK125"],
    ["endpoints", { endpoints: ["/v1/chat/completions"] }, "SK125"],
    ["networks", { networks: ["203.0.113.0/24"] }, "SK125"],
    ["characters", { limits: { charactersPerMonth: 1_000 } }, "SK125"],
    ["a budget a day", { limits: { spend: Spend.perDay(1) } }, "SK127"],
    ["a budget with cents", { limits: { spend: Spend.perMonth(2.5) } }, "SK126"],
    ["no scopes", { scopes: [] }, "SK101"],
    ["a scope that is not known", { scopes: [PortkeyScope.of("completions.wirte")] }, "SK102"],
    [
      "a scope that manages keys, and is not said to be meant",
      { scopes: [PortkeyScope.of("workspace_service_api_keys.create")] },
      "SK102",
    ],
    ["a scope of another vendor", { scopes: [OpenAiScope.MODELS_READ] }, "SK104"],
    [
      "a life of more than a year",
      {
        lifetime: Lifetime.rotating({
          every: Duration.days(30),
          overlap: Duration.days(1),
          expiry: Duration.days(366),
        }),
      },
      "SK114",
    ],
  ])("are refused with %s", (_, props, code) => {
    expect(refusal(() => key(props)).code).toBe(code);
  });

  test("with cents are told what Portkey takes", () => {
    const error = refusal(() => key({ limits: { spend: Spend.perWeek(0.5) } }));
    expect(error.message).toContain("`limits.spend`");
    expect([error.given, error.allowed]).toEqual(["0.5 USD", "whole multiples of 1 USD at Portkey"]);
  });

  test("may be given scopes that are said to be meant", () => {
    expect(() => key({ scopes: [PortkeyScope.custom("workspace_users.list")] })).not.toThrow();
  });

  test("have a constant for each scope that is known", () => {
    const constants = Object.values(PortkeyScope).filter((value) => value instanceof PortkeyScope);
    expect(constants.map(({ value }) => value)).toEqual(Object.keys(portkeyDescriptor.scopes));
  });
});
