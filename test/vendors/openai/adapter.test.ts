import { type AdapterFixture, startOpenAiAdapter } from "../../support/openai-adapter";
import { answering, failing } from "../../support/openai-server";

const DAY = 86_400;

describe("OpenAI adapter", () => {
  let fixture: AdapterFixture;
  const now = () => Math.floor(fixture.server.clock.now() / 1_000);
  const mint = async (scopes = ["api.model.read"], name = "one", ownerId?: string) =>
    fixture.adapter.mint({
      ownerId: ownerId ?? (await fixture.adapter.createOwner({ name: "owner" })),
      name,
      grant: { scopes },
      expiresInSeconds: DAY,
    });

  beforeEach(async () => {
    fixture = await startOpenAiAdapter();
  });
  afterEach(() => fixture.server.close());

  describe("owners", () => {
    test("a made owner is found by its exact name, holds no key, and may do what its keys' scopes say", async () => {
      // WHEN
      const ownerId = await fixture.adapter.createOwner({ name: "ai-keys/openai.3f9a2c1b/summariser" });

      // THEN
      expect(await fixture.adapter.findOwner({ name: "ai-keys/openai.3f9a2c1b/summariser" })).toBe(ownerId);
      expect(await fixture.adapter.findOwner({ name: "ai-keys/openai.3f9a2c1b/summarise" })).toBeUndefined();
      expect(await fixture.adapter.list({})).toEqual([]);
      const { value } = await mint(["api.model.read"], "one", ownerId);
      expect((await fixture.server.client(value).models.list()).data.length).toBeGreaterThan(0);
    });

    test("of several with one name the oldest is found, and of more than 100 every one", async () => {
      // GIVEN
      const oldest = await fixture.adapter.createOwner({ name: "twice" });
      fixture.server.clock.advance(1);
      for (let index = 0; index < 110; index += 1) await fixture.adapter.createOwner({ name: `other-${index}` });
      const last = await fixture.adapter.createOwner({ name: "last" });
      await fixture.adapter.createOwner({ name: "twice" });
      fixture.server.calls.length = 0;

      // THEN
      expect(await fixture.adapter.findOwner({ name: "twice" })).toBe(oldest);
      expect(fixture.server.calls).toHaveLength(2);
      expect(await fixture.adapter.findOwner({ name: "last" })).toBe(last);
    });

    test("an owner whose making stopped halfway is finished when it is found", async () => {
      // GIVEN: an account without a role
      const { serviceAccounts } = fixture.server.client().admin.organization.projects;
      const { id } = await serviceAccounts.create(fixture.server.simulator.projectId, {
        name: "half",
        create_service_account_only: true,
      });

      // WHEN
      expect(await fixture.adapter.findOwner({ name: "half" })).toBe(id);

      // THEN
      const { value } = await mint(["api.model.read"], "one", id);
      expect(await fixture.adapter.verify({ value, grant: { scopes: ["api.model.read"] } })).toMatchObject({
        outcome: "works",
      });
    });

    test("deleting an owner kills its keys; deleting it again says so", async () => {
      // GIVEN
      const ownerId = await fixture.adapter.createOwner({ name: "doomed" });
      const { value } = await mint(["api.model.read"], "one", ownerId);

      // THEN
      expect(await fixture.adapter.deleteOwner({ ownerId })).toBe("deleted");
      expect(await fixture.adapter.verify({ value, grant: { scopes: ["api.model.read"] } })).toMatchObject({
        outcome: "refused",
      });
      expect(await fixture.adapter.deleteOwner({ ownerId })).toBe("gone");
    });
  });

  describe("mint", () => {
    test("one request makes one key with name, scopes and expiry", async () => {
      // GIVEN
      const ownerId = await fixture.adapter.createOwner({ name: "owner" });
      fixture.server.calls.length = 0;

      // WHEN
      const key = await mint(["api.model.read"], "ai-keys/openai.3f9a2c1b/summariser/9c2f11d04ab7", ownerId);

      // THEN
      expect(fixture.server.calls).toHaveLength(1);
      expect(key).toEqual({
        id: expect.stringMatching(/^key_/),
        name: "ai-keys/openai.3f9a2c1b/summariser/9c2f11d04ab7",
        value: expect.stringMatching(/^sk-svcacct-/),
        createdAt: now(),
        expiresAt: now() + DAY,
      });
    });

    test("no scopes are refused before anything is sent: to OpenAI they mean all permissions", async () => {
      // GIVEN
      const { id } = await mint();
      fixture.server.calls.length = 0;

      // THEN
      const mintless = fixture.adapter.mint({
        ownerId: "svc_acct_a",
        name: "one",
        grant: { scopes: [] },
        expiresInSeconds: DAY,
      });
      await expect(mintless).rejects.toMatchObject({ name: "VendorError", kind: "invalid" });
      await expect(fixture.adapter.update({ keyId: id, grant: { scopes: [] } })).rejects.toMatchObject({
        kind: "invalid",
      });
      await expect(fixture.adapter.update({ keyId: id })).rejects.toMatchObject({ kind: "invalid" });
      expect(fixture.server.calls).toEqual([]);
    });

    test("an owner that is not there, and a policy that is not met, are told apart", async () => {
      await expect(mint(["api.model.read"], "one", "svc_acct_none")).rejects.toMatchObject({ kind: "not_found" });
      fixture.server.simulator.configure({ maximumLifetimeSeconds: 60 });
      await expect(mint()).rejects.toMatchObject({
        kind: "invalid",
        status: 400,
        message: expect.stringContaining("exceeds the maximum lifetime of the API key policy (maximum: 60 seconds)"),
      });
    });
  });

  describe("list and read", () => {
    test("more than 100 keys come whole, one call for each hundred, whoever owns them", async () => {
      // GIVEN
      const ownerId = await fixture.adapter.createOwner({ name: "owner" });
      const ids: string[] = [];
      for (let index = 0; index < 205; index += 1) ids.push((await mint(["api.model.read"], `k${index}`, ownerId)).id);
      ids.push(fixture.server.simulator.addUserKey("Dana").id);
      fixture.server.calls.length = 0;

      // WHEN
      const keys = await fixture.adapter.list({});

      // THEN
      expect(keys.map(({ id }) => id)).toEqual(ids);
      expect(fixture.server.calls).toHaveLength(3);
      expect(keys[0]).toEqual({ id: ids[0], name: "k0", createdAt: now(), expiresAt: now() + DAY, ownerId });
      expect(keys.at(-1)).toMatchObject({ name: "Dana", ownerId: expect.stringMatching(/^user-/) });
    });

    test("keys are listed although their owner has lost its access", async () => {
      // GIVEN
      const { serviceAccounts } = fixture.server.client().admin.organization.projects;
      const project_id = fixture.server.simulator.projectId;
      const { id } = await serviceAccounts.create(project_id, { name: "bare", create_service_account_only: true });
      const key = await mint(["api.model.read"], "one", id);

      // THEN
      expect((await fixture.adapter.list({})).map((each) => each.id)).toEqual([key.id]);
    });

    test("last use is told, and scopes where OpenAI shows them", async () => {
      // GIVEN
      const { id, value } = await mint(["api.model.read"]);
      expect(await fixture.adapter.read({ keyId: id })).not.toHaveProperty("granted");
      await fixture.server.client(value).models.list();
      fixture.server.simulator.configure({ showScopesInList: true });

      // THEN
      expect(await fixture.adapter.read({ keyId: id })).toMatchObject({
        id,
        lastUsedAt: now(),
        granted: { scopes: ["api.model.read"] },
      });
    });

    test("a key that is not there is undefined", async () => {
      expect(await fixture.adapter.read({ keyId: "key_none" })).toBeUndefined();
    });

    test.each([
      ["the same cursor again", (page: object) => [page, page]],
      ["no cursor although there is more", (page: object) => [{ ...page, last_id: null }]],
    ])("pages that do not move on end the listing: %s", async (_, pages) => {
      // GIVEN
      const page = { object: "list", data: [], first_id: "key_a", last_id: "key_a", has_more: true };
      for (const each of pages(page)) fixture.server.interceptions.push(answering(200, each));

      // THEN
      await expect(fixture.adapter.list({})).rejects.toMatchObject({ kind: "unexpected" });
    });
  });

  describe("update", () => {
    test("scopes and expiry change in place, each without the other", async () => {
      // GIVEN
      const { id, value } = await mint(["api.model.read"]);
      fixture.server.clock.advance(100);

      // WHEN
      const scoped = await fixture.adapter.update({ keyId: id, grant: { scopes: ["api.files.read"] } });
      const extended = await fixture.adapter.update({ keyId: id, expiresInSeconds: DAY });

      // THEN
      expect(scoped.expiresAt).toBe(now() - 100 + DAY);
      expect(extended.expiresAt).toBe(now() + DAY);
      expect(await fixture.adapter.verify({ value, grant: { scopes: ["api.files.read"] } })).toMatchObject({
        outcome: "works",
      });
    });

    test("a key that is not there, and one that has expired, fail", async () => {
      // GIVEN
      const { id } = await mint();
      fixture.server.clock.advance(DAY);

      // THEN
      const update = (keyId: string) => fixture.adapter.update({ keyId, expiresInSeconds: 60 });
      await expect(update("key_none")).rejects.toMatchObject({ kind: "not_found" });
      await expect(update(id)).rejects.toMatchObject({ kind: "invalid" });
    });
  });

  describe("revoke", () => {
    test("a revoked key opens nothing and is gone", async () => {
      // GIVEN
      const { id, value } = await mint();

      // THEN
      expect(await fixture.adapter.revoke({ keyId: id })).toBe("revoked");
      expect(await fixture.adapter.verify({ value, grant: { scopes: ["api.model.read"] } })).toMatchObject({
        outcome: "refused",
      });
      expect(await fixture.adapter.revoke({ keyId: id })).toBe("gone");
    });

    test("where OpenAI does not delete the key of a service account, it expires at once and its siblings live", async () => {
      // GIVEN
      fixture.server.simulator.configure({ deleteServiceAccountKey: "refused" });
      const ownerId = await fixture.adapter.createOwner({ name: "owner" });
      const doomed = await mint(["api.model.read"], "doomed", ownerId);
      const sibling = await mint(["api.model.read"], "sibling", ownerId);

      // WHEN
      expect(await fixture.adapter.revoke({ keyId: doomed.id })).toBe("revoked");
      fixture.server.clock.advance(1);

      // THEN
      const outcome = async (value: string) =>
        (await fixture.adapter.verify({ value, grant: { scopes: ["api.model.read"] } })).outcome;
      expect(await outcome(doomed.value)).toBe("refused");
      expect(await outcome(sibling.value)).toBe("works");
      // Again, now that it has expired.
      expect(await fixture.adapter.revoke({ keyId: doomed.id })).toBe("revoked");
    });

    test("any other refusal is not taken for success", async () => {
      // GIVEN
      const { id, value } = await mint();
      const revoke = () => fixture.adapter.revoke({ keyId: id });

      // THEN
      fixture.server.interceptions.push(failing(400, "The project is archived."));
      await expect(revoke()).rejects.toMatchObject({ kind: "invalid", status: 400 });
      fixture.server.interceptions.push(failing(400, "It belongs to a service account."), failing(400, "Try later."));
      await expect(revoke()).rejects.toMatchObject({ kind: "invalid", status: 400 });
      fixture.server.interceptions.push(failing(400, "It belongs to a service account."), failing(403, "No."));
      await expect(revoke()).rejects.toMatchObject({ kind: "admin_refused" });
      fixture.server.interceptions.push(answering(200, { id, deleted: false }));
      await expect(revoke()).rejects.toMatchObject({ kind: "unexpected" });
      expect(await fixture.adapter.verify({ value, grant: { scopes: ["api.model.read"] } })).toMatchObject({
        outcome: "works",
      });
    });

    test("a key that disappears between the two calls is gone", async () => {
      fixture.server.interceptions.push(failing(400, "It belongs to a service account."), failing(404, "Not found."));
      expect(await fixture.adapter.revoke({ keyId: "key_a" })).toBe("gone");
    });
  });

  describe("scope changes", () => {
    test("changes of scopes are told, newest first, from the given second on", async () => {
      // GIVEN
      const { id } = await mint();
      await fixture.adapter.update({ keyId: id, grant: { scopes: ["api.model.read", "api.files.read"] } });
      fixture.server.clock.advance(10);
      const since = now();
      await fixture.adapter.update({ keyId: id, grant: { scopes: ["api.files.read"] } });
      await fixture.adapter.update({ keyId: id, expiresInSeconds: 60 });
      fixture.server.clock.advance(1);
      await fixture.adapter.update({ keyId: id, grant: { scopes: ["api.all.read"] } });

      // THEN
      const actor = "platform-admin@example.com";
      expect(await fixture.adapter.scopeChanges?.({ since })).toEqual([
        { keyId: id, scopes: ["api.all.read"], at: since + 1, actor },
        { keyId: id, scopes: ["api.files.read"], at: since, actor },
      ]);
      expect(await fixture.adapter.scopeChanges?.({ since: since - 10 })).toHaveLength(3);
    });

    test("pages are followed, up to ten of them", async () => {
      // GIVEN
      const { id } = await mint();
      const change = () => fixture.adapter.update({ keyId: id, grant: { scopes: ["api.model.read"] } });
      for (let index = 0; index < 1_000; index += 1) await change();

      // THEN
      expect(await fixture.adapter.scopeChanges?.({ since: 0 })).toHaveLength(1_000);
      await change();
      await expect(fixture.adapter.scopeChanges?.({ since: 0 })).rejects.toMatchObject({ kind: "unexpected" });
    });

    test("who did it is told as far as OpenAI says so", async () => {
      // GIVEN
      const event = (id: string, actor: unknown) => ({
        id,
        type: "api_key.updated",
        effective_at: 5,
        actor,
        "api_key.updated": { id: "key_a", changes_requested: { scopes: [] } },
      });
      const events = [
        event("1", { type: "session", session: { user: { id: "user-1", email: "dana@example.com" } } }),
        event("2", { type: "api_key", api_key: { id: "key_x", service_account: { id: "svc_acct_1" } } }),
        event("3", { type: "api_key", api_key: { id: "key_x" } }),
        event("4", null),
        { ...event("5", null), "api_key.updated": { id: "key_a", changes_requested: { expires_in_seconds: 5 } } },
      ];
      fixture.server.interceptions.push(answering(200, { object: "list", data: events, has_more: false }));

      // THEN
      expect((await fixture.adapter.scopeChanges?.({ since: 0 }))?.map(({ actor }) => actor)).toEqual([
        "dana@example.com",
        "svc_acct_1",
        "key_x",
        undefined,
      ]);
    });

    test("an organisation without audit log is told apart from one without changes", async () => {
      fixture.server.simulator.configure({ auditLog: "forbidden" });
      await expect(fixture.adapter.scopeChanges?.({ since: 0 })).rejects.toMatchObject({ kind: "admin_refused" });
    });
  });

  test("every admin call waits for its turn under its path template; calls with a key do not", async () => {
    // GIVEN
    const { id, value } = await mint();
    await fixture.adapter.read({ keyId: id });
    await fixture.adapter.verify({ value, grant: { scopes: ["api.model.read"] } });

    // THEN
    expect(fixture.rateLimiter.turns).toEqual([
      "POST /organization/projects/{project}/service_accounts",
      "POST /organization/projects/{project}/service_accounts/{owner}",
      "POST /organization/projects/{project}/service_accounts/{owner}/api_keys",
      "GET /organization/projects/{project}/api_keys/{key}",
    ]);
  });
});
