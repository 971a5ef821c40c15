import { VendorError } from "../../../src/model/vendor-error";
import { ContractHarness, type ContractSubject } from "../../../src/testing/fixture";
import { bedrock } from "../../../src/vendors/bedrock/adapter";
import type { BedrockSimulator } from "../../../src/vendors/bedrock/simulator/simulator";
import { subject } from "./subject";

const OWNER = "ai-keys/x.0badcafe/summariser";
const DAY_SECONDS = 86_400;
const BARRED =
  "User: arn:aws:iam::111122223333:user/x is not authorized to perform: bedrock:InvokeModel with an explicit deny in a service control policy";
const GRANT = { models: ["amazon.nova-pro-v1:0"] };
const LIMITED_ACCESS = "arn:aws:iam::aws:policy/AmazonBedrockLimitedAccess";

describe("Amazon Bedrock's adapter", () => {
  let harness: ContractHarness;
  let simulator: BedrockSimulator;
  beforeEach(() => start());

  const start = (change: Partial<ContractSubject> = {}) => {
    harness = new ContractHarness({ ...subject, ...change });
    simulator = harness.simulator as BedrockSimulator;
  };
  const mint = async (grant: Parameters<typeof harness.mint>[0]["grant"] = GRANT, days = 10) => {
    const { ownerId = "" } = await harness.owner(OWNER);
    const minted = await harness.mint({ ownerId, name: `${OWNER}/1`, grant, expiresInSeconds: days * DAY_SECONDS });
    await harness.adapter.update?.({ keyId: minted.id, ownerId, grant });
    return { ...minted, ownerId };
  };
  const failure = async (call: () => Promise<unknown> | undefined): Promise<VendorError> => {
    const error = await Promise.resolve(call()).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof VendorError) return error;
    throw new Error(`no VendorError: ${String(error)}`);
  };
  /** Actions and parameters as sent. */
  const forms = () =>
    harness.sent
      .filter(({ url }) => url.startsWith("https://iam."))
      .map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  const actions = () => forms().map(({ Action }) => Action);
  const answerXml = (status: number, text: string) => {
    harness.intercept = () => new Response(text, { status });
  };
  const errorXml = (code: string, message = "no") =>
    `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;

  describe("owners", () => {
    test("are IAM users with the owner's whole name in a tag, made in one call and looked for in one", async () => {
      // WHEN
      const { ownerId } = await harness.owner(OWNER);
      // THEN
      expect(actions()).toEqual(["GetUser", "CreateUser", "GetUser"]);
      expect(forms()[1]).toEqual({
        Action: "CreateUser",
        Version: "2010-05-08",
        UserName: ownerId,
        Path: "/scoped-keys/",
        "Tags.member.1.Key": "scoped-keys:owner",
        "Tags.member.1.Value": OWNER,
      });
      expect(ownerId).toMatch(/^scoped-keys-[0-9a-f]{12}-summariser-[0-9a-f]{12}$/);
      harness.sent.length = 0;
      expect(await harness.adapter.findOwner?.({ name: OWNER })).toBe(ownerId);
      expect(actions()).toEqual(["GetUser"]);
    });

    test("are made within the permissions boundary that the issuer has, and so shown", async () => {
      // GIVEN
      const permissionsBoundary = "arn:aws:iam::123456789012:policy/scoped-keys/boundary";
      start({ settingsOf: () => ({ regions: "us-east-1", permissionsBoundary }) });
      // WHEN
      const { ownerId = "" } = await harness.owner(OWNER);
      // THEN
      expect(forms()[1]).toMatchObject({ Action: "CreateUser", PermissionsBoundary: permissionsBoundary });
      expect(simulator.state.user(ownerId)?.boundary).toBe(permissionsBoundary);
    });

    test("have the path, and the start of the name, that an organisation demands, in 64 characters", async () => {
      // GIVEN
      start({
        settingsOf: () => ({
          regions: "us-east-1",
          userPath: "/platform/",
          userNamePrefix: "platform-engineering-ai-",
        }),
      });
      // WHEN
      const { ownerId = "" } = await harness.owner(OWNER);
      const { id } = await harness.mint({ ownerId, name: "1", grant: GRANT, expiresInSeconds: DAY_SECONDS });
      await harness.adapter.update?.({ keyId: id, ownerId, grant: GRANT });
      // THEN
      expect(forms()[1]).toMatchObject({ Action: "CreateUser", Path: "/platform/", UserName: ownerId });
      expect(ownerId).toMatch(/^platform-engineering-ai-scoped-keys-[0-9a-f]{12}--[0-9a-f]{12}$/);
      expect(ownerId.length).toBeLessThanOrEqual(64);
      expect(simulator.state.user(ownerId)?.path).toBe("/platform/");
      expect(await harness.adapter.findOwner?.({ name: OWNER })).toBe(ownerId);
      expect((await harness.adapter.list({})).map((key) => key.id)).toEqual([id]);
      expect(await harness.adapter.revoke({ keyId: id })).toBe("revoked");
      expect(await harness.adapter.deleteOwner?.({ ownerId })).toBe("deleted");
    });

    test.each([{ userPath: "platform" }, { userPath: "/*/" }, { userNamePrefix: "*" }])(
      "are refused with %j",
      (more) => {
        expect(() => start({ settingsOf: () => ({ regions: "us-east-1", ...more }) })).toThrow(/malformed/);
      },
    );

    test("are not those whose tag says another, or nothing", async () => {
      const { ownerId = "" } = await harness.owner(OWNER);
      for (const tags of [new Map([["scoped-keys:owner", `${OWNER}2`]]), new Map([["other", OWNER]]), new Map()]) {
        simulator.state.users.clear();
        simulator.state.addUser(ownerId, "/scoped-keys/", tags);
        expect(await harness.adapter.findOwner?.({ name: OWNER })).toBeUndefined();
      }
      expect((await failure(() => harness.adapter.createOwner?.({ name: OWNER }))).kind).toBe("conflict");
    });

    test("are waited for until IAM knows them, and not for ever", async () => {
      let looks = 0;
      harness.intercept = ({ body }) => {
        looks += body.includes("Action=GetUser") ? 1 : 0;
        return looks > 0 && looks < 3 ? new Response(errorXml("NoSuchEntity"), { status: 404 }) : undefined;
      };
      expect(await harness.adapter.createOwner?.({ name: OWNER })).toMatch(/^scoped-keys-/);
      expect(looks).toBe(3);

      harness.intercept = ({ body }) =>
        body.includes("Action=GetUser") ? new Response(errorXml("NoSuchEntity"), { status: 404 }) : undefined;
      const error = await failure(() => harness.adapter.createOwner?.({ name: `${OWNER}2` }));
      expect(error.kind).toBe("unavailable");
    });

    test("are deleted with their credentials and their policy, whatever is there of them", async () => {
      const { ownerId, value } = await mint();
      await harness.mint({ ownerId, name: "2", grant: GRANT, expiresInSeconds: DAY_SECONDS });
      harness.sent.length = 0;
      expect(await harness.adapter.deleteOwner?.({ ownerId })).toBe("deleted");
      expect(actions()).toEqual([
        "ListServiceSpecificCredentials",
        "DeleteServiceSpecificCredential",
        "DeleteServiceSpecificCredential",
        "DeleteUserPolicy",
        "DeleteUser",
      ]);
      expect(simulator.state.users.size).toBe(0);
      expect(await harness.adapter.verify({ value, grant: GRANT })).toMatchObject({ outcome: "refused" });

      const { ownerId: bare = "" } = await harness.owner(OWNER);
      expect(await harness.adapter.deleteOwner?.({ ownerId: bare })).toBe("deleted");
      expect(await harness.adapter.deleteOwner?.({ ownerId: bare })).toBe("gone");
    });

    test("are deleted where AWS has attached its policy by itself", async () => {
      simulator.configure({ attachesLimitedAccess: true });
      const { ownerId } = await mint();
      harness.sent.length = 0;
      expect(await harness.adapter.deleteOwner?.({ ownerId })).toBe("deleted");
      expect(actions().slice(-3)).toEqual(["DeleteUser", "DetachUserPolicy", "DeleteUser"]);
    });

    test("stay where somebody attached more to them, and IAM's reason is told", async () => {
      const { ownerId } = await mint();
      simulator.state.user(ownerId)?.attached.add("arn:aws:iam::aws:policy/ReadOnlyAccess");
      const error = await failure(() => harness.adapter.deleteOwner?.({ ownerId }));
      expect(error).toMatchObject({ kind: "conflict", message: expect.stringContaining("DeleteConflict") });
    });

    test.each(["", "admin", "scoped-keys-", "scoped-keys-a/b", `scoped-keys-${"a".repeat(53)}`])(
      "of other names, such as %j, are refused before anything is sent",
      async (ownerId) => {
        expect((await failure(() => harness.adapter.deleteOwner?.({ ownerId }))).kind).toBe("invalid");
        const request = { ownerId, name: "1", grant: GRANT, expiresInSeconds: 1 };
        expect((await failure(() => harness.mint(request))).kind).toBe("invalid");
        expect(harness.sent).toEqual([]);
      },
    );
  });

  describe("credentials", () => {
    test.each([
      [1, 1],
      [DAY_SECONDS, 1],
      [DAY_SECONDS + 1, 2],
      [90 * DAY_SECONDS, 90],
    ])("of %i seconds get an age of %i days, and the end that AWS answers", async (expiresInSeconds, days) => {
      const { ownerId = "" } = await harness.owner(OWNER);
      harness.sent.length = 0;
      const minted = await harness.mint({ ownerId, name: "1", grant: GRANT, expiresInSeconds });
      expect(forms()).toEqual([
        {
          Action: "CreateServiceSpecificCredential",
          Version: "2010-05-08",
          UserName: ownerId,
          ServiceName: "bedrock.amazonaws.com",
          CredentialAgeDays: String(days),
        },
      ]);
      expect(minted.expiresAt).toBe(minted.createdAt + days * DAY_SECONDS);
      expect(minted.id).toMatch(new RegExp(`^${ownerId}:ACCA\\w+$`));
      expect(minted.value).toMatch(/^ABSK/);
    });

    test("are two at most: a third is a conflict, and IAM says why", async () => {
      const { ownerId } = await mint();
      await harness.mint({ ownerId, name: "2", grant: GRANT, expiresInSeconds: DAY_SECONDS });
      const third = { ownerId, name: "3", grant: GRANT, expiresInSeconds: DAY_SECONDS };
      const error = await failure(() => harness.mint(third));
      expect(error).toMatchObject({ kind: "conflict", message: expect.stringContaining("LimitExceeded") });
      expect(await harness.adapter.list({})).toHaveLength(2);
    });

    test("of a user that somebody deleted are not found; of a service that has none, nothing is missing", async () => {
      const request = { ownerId: "scoped-keys-nobody", name: "1", grant: GRANT, expiresInSeconds: DAY_SECONDS };
      expect((await failure(() => harness.mint(request))).kind).toBe("not_found");
      answerXml(404, errorXml("NotSupportedService"));
      expect((await failure(() => harness.mint(request))).kind).toBe("invalid");
    });

    test("without an end are not taken for minted", async () => {
      const made = `<ServiceSpecificCredential><ServiceSpecificCredentialId>ACCA0123456789ABCDEF</ServiceSpecificCredentialId>
        <UserName>scoped-keys-a</UserName><CreateDate>2026-11-24T12:00:00Z</CreateDate><ServiceCredentialSecret>ABSKx</ServiceCredentialSecret></ServiceSpecificCredential>`;
      const action = "CreateServiceSpecificCredential";
      answerXml(200, `<${action}Response><${action}Result>${made}</${action}Result></${action}Response>`);
      const error = await failure(() =>
        harness.mint({ ownerId: "scoped-keys-a", name: "1", grant: GRANT, expiresInSeconds: DAY_SECONDS }),
      );
      expect(error.kind).toBe("unexpected");
      expect(error.message).toContain("ExpirationDate");
      expect(error.message).not.toContain("ABSKx");
    });

    test("made inactive are shown as disabled, and expired ones by their end", async () => {
      const { id, ownerId, value } = await mint(GRANT, 1);
      const stored = [...(simulator.state.user(ownerId)?.credentials.values() ?? [])][0];
      if (stored !== undefined) stored.status = "Inactive";
      expect(await harness.adapter.read({ keyId: id })).toMatchObject({ disabled: true });
      expect(await harness.adapter.verify({ value, grant: GRANT })).toMatchObject({ outcome: "refused" });
      if (stored !== undefined) stored.status = "Active";
      harness.now += DAY_SECONDS * 1_000;
      const expired = await harness.adapter.read({ keyId: id });
      expect(expired?.disabled).toBeUndefined();
      expect(expired?.expiresAt).toBe(Math.floor(harness.now / 1_000));
    });

    test("that nobody made here are listed too, under the user that they are of", async () => {
      const stranger = simulator.state.addUser("jane", "/", new Map());
      const { id } = simulator.state.addCredential(stranger, undefined);
      const [found] = await harness.adapter.list({});
      expect(found).toMatchObject({ id: `jane:${id}`, ownerId: "jane" });
      expect(found?.expiresAt).toBeUndefined();
      expect((await failure(() => harness.adapter.revoke({ keyId: `jane:${id}` }))).kind).toBe("invalid");
    });

    test("of a list that does not move on are an error", async () => {
      answerXml(
        200,
        `<ListServiceSpecificCredentialsResponse><ListServiceSpecificCredentialsResult><ServiceSpecificCredentials/>
         <IsTruncated>true</IsTruncated></ListServiceSpecificCredentialsResult></ListServiceSpecificCredentialsResponse>`,
      );
      expect((await failure(() => harness.adapter.list({}))).kind).toBe("unexpected");
    });
  });

  describe("grants", () => {
    const shown = async (keyId: string) => (await harness.adapter.read({ keyId }))?.granted;

    test.each([
      [{}],
      [{ models: ["amazon.nova-pro-v1:0", "us.amazon.nova-pro-v1:0", "global.amazon.nova-pro-v1:0"] }],
      [{ models: ["anthropic.*"], networks: ["2001:db8::/32", "203.0.113.0/24"] }],
      [{ models: ["arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc"] }],
      [{ networks: ["203.0.113.0/24"] }],
    ])("%j is shown as it was asked", async (grant) => {
      const { id } = await mint(grant);
      expect(await shown(id)).toEqual({
        models: "models" in grant ? [...grant.models].sort() : null,
        networks: "networks" in grant ? [...grant.networks].sort() : null,
      });
    });

    test("are one policy of the user, which a successor has before it is made", async () => {
      const { ownerId } = await mint();
      const second = await harness.mint({ ownerId, name: "2", grant: GRANT, expiresInSeconds: DAY_SECONDS });
      expect(await harness.adapter.verify({ value: second.value, grant: GRANT })).toMatchObject({
        outcome: "works",
        scopeProven: true,
      });
    });

    test("without a policy are none: the key opens nothing, and that is seen", async () => {
      const { ownerId = "" } = await harness.owner(OWNER);
      const { id, value } = await harness.mint({ ownerId, name: "1", grant: GRANT, expiresInSeconds: DAY_SECONDS });
      expect(await harness.adapter.verify({ value, grant: GRANT })).toMatchObject({ outcome: "narrower" });
      expect(await shown(id)).toEqual({ models: ["(no policy)"] });
    });

    test.each<[string, (document: string) => string]>([
      ["another action", (document) => document.replace("bedrock:InvokeModelWithResponseStream", "bedrock:*")],
      ["another region", (document) => document.replace("eu-west-1", "us-east-1")],
      ["a statement less", (document) => document.replace(/,\{"Effect":"Deny","NotAction".*?\}/, "")],
      [
        "no statements of ours",
        () => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*" }] }),
      ],
      ["what is no policy", () => "%"],
    ])("are seen to have changed where somebody wrote %s into the policy", async (_, change) => {
      const { id, ownerId } = await mint();
      const policies = simulator.state.user(ownerId)?.policies;
      const document = change(policies?.get("scoped-keys") ?? "");
      expect(document).not.toBe(policies?.get("scoped-keys"));
      policies?.set("scoped-keys", document);
      expect(await shown(id)).toEqual({ models: ["(a policy by another hand)"] });
    });

    test("are the same where IAM writes a list of one as a text, or in another order", async () => {
      const { id, ownerId } = await mint();
      const policies = simulator.state.user(ownerId)?.policies;
      const { Version, Statement } = JSON.parse(policies?.get("scoped-keys") ?? "{}");
      const other = JSON.stringify({ Statement: Statement.toReversed(), Version }).replace(
        '"bedrock:CallWithBearerToken"',
        '["bedrock:CallWithBearerToken"]',
      );
      policies?.set("scoped-keys", other);
      expect(await shown(id)).toEqual({ models: GRANT.models, networks: null });
    });

    test.each([
      ["a variable of policies", ["amazon.$".concat("{aws:username}")]],
      ["a pattern that is none of ours", ["amazon.nova-pro-v?:0"]],
      ["a quote", ['amazon."nova']],
      ["more models than a policy holds", Array.from({ length: 60 }, (_, n) => `anthropic.claude-${n}-20260101-v1:0`)],
    ])("with %s are refused before there is a key", async (_, models) => {
      const { ownerId = "" } = await harness.owner(OWNER);
      harness.sent.length = 0;
      const grant = { models };
      const minting = { ownerId, name: "1", grant, expiresInSeconds: DAY_SECONDS };
      expect((await failure(() => harness.mint(minting))).kind).toBe("invalid");
      const keyId = `${ownerId}:ACCA0123456789ABCDEF`;
      expect((await failure(() => harness.adapter.update?.({ keyId, grant }))).kind).toBe("invalid");
      expect(harness.sent).toEqual([]);
    });

    test("of a dozen models, or half a dozen profiles, fit into one policy", async () => {
      for (const [name, many] of [
        ["anthropic.claude-sonnet-4-5-202509", 12],
        ["us.anthropic.claude-sonnet-4-5-202509", 6],
      ] as const) {
        const models = Array.from({ length: many }, (_, n) => `${name}${n}-v1:0`);
        expect((await shown((await mint({ models })).id))?.models).toHaveLength(many);
      }
    });

    test("cannot be set on a credential that is gone, though its user is there", async () => {
      const { id, ownerId } = await mint();
      await harness.adapter.revoke({ keyId: id });
      const error = await failure(() => harness.adapter.update?.({ keyId: id, ownerId, grant: GRANT }));
      expect(error.kind).toBe("not_found");
    });

    test("that are absent leave nothing to update", async () => {
      expect(
        (await failure(() => harness.adapter.update?.({ keyId: "scoped-keys-a:ACCA0123456789ABCDEF" }))).kind,
      ).toBe("invalid");
    });
  });

  describe("a look with the key", () => {
    test("runs no model", async () => {
      const { value } = await mint();
      harness.sent.length = 0;
      await harness.adapter.verify({ value, grant: GRANT });
      expect(harness.sent.map(({ body }) => body)).toEqual(['{"messages":[]}', '{"messages":[]}']);
      expect(harness.sent.map(({ url }) => url)).toEqual([
        "https://bedrock-runtime.eu-central-1.amazonaws.com/model/amazon.nova-pro-v1%3A0/converse",
        "https://bedrock-runtime.eu-central-1.amazonaws.com/model/amazon.nova-micro-v1%3A0/converse",
      ]);
    });

    test.each([
      [{}],
      [{ models: ["anthropic.claude-sonnet-4-5-20250929-v1:0"] }],
      [{ models: ["eu.anthropic.claude-sonnet-4-5-20250929-v1:0"] }],
      [{ models: ["amazon.*"] }],
      [{ models: ["*"] }],
      [{ models: ["cohere.*"] }],
      [{ models: ["a-model-that-nobody-has"] }],
    ])("proves %j: inside it opens, outside it does not", async (grant) => {
      const { value } = await mint(grant);
      expect(await harness.adapter.verify({ value, grant })).toMatchObject({ outcome: "works", scopeProven: true });
    });

    test("sees a policy that opens more than the grant", async () => {
      const { value } = await mint({});
      expect(await harness.adapter.verify({ value, grant: GRANT })).toMatchObject({
        outcome: "wider",
        evidence: expect.stringContaining("amazon.nova-micro-v1:0 is let through"),
      });
    });

    test("proves nothing where Bedrock looks at bodies first, and takes that for no fault of the key", async () => {
      const { value } = await mint();
      simulator.configure({ bodyFirst: true });
      expect(await harness.adapter.verify({ value, grant: GRANT })).toMatchObject({
        outcome: "works",
        scopeProven: false,
      });
      expect(await harness.adapter.verify({ value: "ABSKnobody", grant: GRANT })).toMatchObject({ outcome: "refused" });
    });

    test("from outside of the key's networks tells a key that lives from one that does not", async () => {
      const grant = { ...GRANT, networks: ["203.0.113.0/24"] };
      const { id, value } = await mint(grant);
      expect(await harness.adapter.verify({ value, grant })).toMatchObject({ outcome: "works", scopeProven: false });
      simulator.configure({ sourceIp: "203.0.113.9" });
      expect(await harness.adapter.verify({ value, grant })).toMatchObject({ outcome: "works", scopeProven: true });
      await harness.adapter.revoke({ keyId: id });
      expect(await harness.adapter.verify({ value, grant })).toMatchObject({ outcome: "refused" });
    });

    test("takes what an organisation's policy bars for no proof of scope, and for no fault of the key", async () => {
      const { value } = await mint();
      harness.intercept = ({ url }) =>
        url.includes("nova-micro") ? Response.json({ Message: BARRED }, { status: 403 }) : undefined;
      expect(await harness.adapter.verify({ value, grant: GRANT })).toMatchObject({
        outcome: "works",
        scopeProven: false,
      });
    });

    test("is not failed by an account without access to the model", async () => {
      const { value } = await mint();
      harness.intercept = ({ url }) =>
        url.includes("nova-pro")
          ? Response.json(
              { message: "You don't have access to the model with the specified model ID." },
              { status: 403 },
            )
          : undefined;
      expect(await harness.adapter.verify({ value, grant: GRANT })).toMatchObject({
        outcome: "works",
        scopeProven: true,
      });
    });

    test("that is answered with a page is no verdict", async () => {
      const { value } = await mint();
      harness.intercept = () => new Response("<html>welcome</html>", { status: 200 });
      expect((await failure(() => harness.adapter.verify({ value, grant: GRANT }))).kind).toBe("unexpected");
    });

    test("with a value that is no token asks nothing", async () => {
      expect(await harness.adapter.verify({ value: "a b", grant: GRANT })).toMatchObject({ outcome: "refused" });
      expect(harness.sent).toEqual([]);
    });
  });

  describe("IAM", () => {
    test("that throttles is waited for, though it says 400", async () => {
      simulator.configure({ callsPerMinute: 1 });
      await harness.adapter.list({});
      expect(await failure(() => harness.adapter.list({}))).toMatchObject({ kind: "throttled", status: 400 });
      expect(harness.throttles).toEqual([undefined]);
    });

    test("that refuses the role is told so", async () => {
      simulator.configure({ adminKeyValid: false });
      const error = await failure(() => harness.adapter.list({}));
      expect(error).toMatchObject({ kind: "admin_refused", message: expect.stringContaining("AccessDenied") });
    });

    test("that quotes all that was signed tells nobody of the session's token", async () => {
      const { accessKeyId, sessionToken } = simulator.state;
      const adapter = harness.connect({
        awsCredentials: async () => ({ accessKeyId, secretAccessKey: "not-the-one-that-was-given", sessionToken }),
      });
      const error = await failure(() => adapter.list({}));
      expect(error.kind).toBe("admin_refused");
      expect(harness.sent[0]?.headers["x-amz-security-token"]).toBe(sessionToken);
      expect(error.message).toContain("SignatureDoesNotMatch");
      expect(error.message).not.toContain(sessionToken);
    });

    test.each<[string, Parameters<typeof harness.connect>[0]]>([
      ["are none", { awsCredentials: async () => Promise.reject(new Error("canary-0123456789")) }],
      ["are of another shape", { awsCredentials: async () => ({ accessKeyId: "", secretAccessKey: "x" }) }],
    ])("is not called where credentials %s", async (_, change) => {
      const error = await failure(() => harness.connect(change).list({}));
      expect(error.kind).toBe("admin_refused");
      expect(error.message).not.toContain("canary");
      expect(harness.sent).toEqual([]);
    });

    test("is paced by action", async () => {
      await mint();
      expect(new Set(harness.turns)).toEqual(
        new Set([
          "POST /#GetUser",
          "POST /#CreateUser",
          "POST /#CreateServiceSpecificCredential",
          "POST /#PutUserPolicy",
          "POST /#ListServiceSpecificCredentials",
          "POST /#GetUserPolicy",
        ]),
      );
    });
  });

  describe("settings", () => {
    test("give the base URL of the first region", () => {
      expect(bedrock.dataUrl?.({ regions: "us-west-2,us-east-1" })).toBe(
        "https://bedrock-runtime.us-west-2.amazonaws.com",
      );
    });

    test.each([
      {},
      { regions: "" },
      { regions: "unspecified" },
      { regions: "us-gov-west-1" },
      { regions: "cn-north-1" },
      { regions: "a@evil.example" },
      { regions: "us-east-1,,us-west-2" },
    ])("%j are refused", (settings) => {
      expect(() => harness.connect({ settings })).toThrow(VendorError);
      expect(() => bedrock.dataUrl?.(settings)).toThrow(VendorError);
    });

    test("with what global profiles name in place of a region let those through", async () => {
      const grant = { models: ["global.amazon.nova-pro-v1:0"] };
      const { value } = await mint(grant);
      expect(await harness.adapter.verify({ value, grant })).toMatchObject({ outcome: "narrower" });
      start({ settingsOf: () => ({ regions: "eu-central-1,unspecified" }) });
      const second = await mint(grant);
      expect(await harness.adapter.verify({ value: second.value, grant })).toMatchObject({ outcome: "works" });
    });
  });

  test("what AWS attaches to a user does not widen the grant", async () => {
    simulator.configure({ attachesLimitedAccess: true });
    const { ownerId, value } = await mint();
    expect(simulator.state.user(ownerId)?.attached).toEqual(new Set([LIMITED_ACCESS]));
    expect(await harness.adapter.verify({ value, grant: GRANT })).toMatchObject({
      outcome: "works",
      scopeProven: true,
    });
  });
});
