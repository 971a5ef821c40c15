import type OpenAI from "openai";
import { type OpenAiServer, startOpenAiServer } from "../../../support/openai-server";

describe("the Admin API, as OpenAI's own client sees it", () => {
  let server: OpenAiServer;
  let projects: OpenAI["admin"]["organization"]["projects"];
  let project_id: string;

  beforeEach(async () => {
    server = await startOpenAiServer();
    projects = server.client().admin.organization.projects;
    project_id = server.simulator.projectId;
  });
  afterEach(() => server.close());

  const newAccount = async (name = "search") => {
    const { id } = await projects.serviceAccounts.create(project_id, { name, create_service_account_only: true });
    await projects.serviceAccounts.update(id, { project_id, role: "member" });
    return id;
  };
  const newKey = (
    account: string,
    body: { name?: string; scopes?: string[]; expires_in_seconds?: number | null } = {},
  ) => projects.serviceAccounts.apiKeys.create(account, { project_id, ...body });
  const now = () => Math.floor(server.clock.now() / 1_000);

  test("projects are listed and read", async () => {
    // WHEN
    const ids: string[] = [];
    for await (const project of projects.list({ limit: 1 })) ids.push(project.id);

    // THEN
    expect(ids).toContain(project_id);
    expect(ids).toHaveLength(2);
    expect(await projects.retrieve(project_id)).toEqual({
      id: project_id,
      object: "organization.project",
      name: "Sandbox",
      created_at: now(),
      archived_at: null,
      status: "active",
    });
    await expect(projects.retrieve("proj_other")).rejects.toMatchObject({ status: 404, type: "invalid_request_error" });
  });

  test("a service account is made with a key that may do everything unless it is asked for alone", async () => {
    // WHEN
    const plain = await projects.serviceAccounts.create(project_id, { name: "plain" });
    const alone = await projects.serviceAccounts.create(project_id, {
      name: "alone",
      create_service_account_only: true,
    });

    // THEN
    expect(plain).toMatchObject({ object: "organization.project.service_account", role: "member", name: "plain" });
    expect(plain.api_key).toMatchObject({
      object: "organization.project.service_account.api_key",
      name: "Secret Key",
      expires_at: null,
    });
    expect((await server.client(plain.api_key?.value).files.list()).data).toEqual([]);
    expect(alone).toMatchObject({ role: "none", api_key: null });
    await expect(
      projects.serviceAccounts.create(project_id, {
        name: "both",
        create_service_account_only: true,
        expires_in_seconds: 60,
      }),
    ).rejects.toMatchObject({ status: 400, param: "expires_in_seconds" });
  });

  test("the keys of an account without a role may do nothing, and hide from a plain listing", async () => {
    // GIVEN
    const { id } = await projects.serviceAccounts.create(project_id, {
      name: "alone",
      create_service_account_only: true,
    });
    const key = await newKey(id, { scopes: ["api.model.read"] });
    const listed = async (owner_project_access?: "active" | "inactive" | "any") =>
      (
        await projects.apiKeys.list(project_id, owner_project_access === undefined ? {} : { owner_project_access })
      ).data.map((each) => each.owner_project_access);

    // THEN
    await expect(server.client(key.value).models.list()).rejects.toThrow("Missing scopes: api.model.read");
    expect(await listed()).toEqual([]);
    expect(await listed("active")).toEqual([]);
    expect(await listed("inactive")).toEqual(["inactive"]);
    expect(await listed("any")).toEqual(["inactive"]);

    // WHEN
    await projects.serviceAccounts.update(id, { project_id, role: "member" });

    // THEN
    expect((await server.client(key.value).models.list()).data.length).toBeGreaterThan(0);
    expect(await listed()).toEqual(["active"]);
  });

  test("service accounts are listed in pages, read, renamed and deleted with their keys", async () => {
    // GIVEN
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) await newAccount(name);
    const listed: string[] = [];
    for await (const account of projects.serviceAccounts.list(project_id, { limit: 2 })) listed.push(account.name);
    expect(listed).toEqual(names);
    const id = await newAccount("doomed");
    const [first, second] = [await newKey(id), await newKey(id)];

    // WHEN
    const renamed = await projects.serviceAccounts.update(id, { project_id, name: "renamed" });
    const deleted = await projects.serviceAccounts.delete(id, { project_id });

    // THEN
    expect(renamed).toEqual({
      object: "organization.project.service_account",
      id,
      name: "renamed",
      role: "member",
      created_at: now(),
    });
    expect(deleted).toEqual({ object: "organization.project.service_account.deleted", id, deleted: true });
    for (const { value } of [first, second]) {
      await expect(server.client(value).models.list()).rejects.toMatchObject({ status: 401, code: "invalid_api_key" });
    }
    await expect(projects.serviceAccounts.retrieve(id, { project_id })).rejects.toMatchObject({ status: 404 });
    await expect(newKey(id)).rejects.toMatchObject({ status: 404 });
    expect((await projects.apiKeys.list(project_id, { owner_project_access: "any" })).data).toEqual([]);
  });

  test("a key shows its value once, and is listed without it", async () => {
    // GIVEN
    const account = await newAccount();

    // WHEN
    const key = await newKey(account, { name: "one", scopes: ["api.model.read"], expires_in_seconds: 600 });

    // THEN
    expect(key).toEqual({
      object: "organization.project.service_account.api_key",
      id: expect.stringMatching(/^key_[A-Za-z0-9]{24}$/),
      name: "one",
      value: expect.stringMatching(/^sk-svcacct-[A-Za-z0-9_-]{60,}$/),
      created_at: now(),
      expires_at: now() + 600,
    });
    const read = await projects.apiKeys.retrieve(key.id, { project_id });
    expect(read).toEqual({
      object: "organization.project.api_key",
      id: key.id,
      name: "one",
      redacted_value: `sk-svcacct-...${key.value.slice(-3)}`,
      created_at: now(),
      last_used_at: null,
      expires_at: now() + 600,
      owner_project_access: "active",
      owner: {
        type: "service_account",
        service_account: { id: account, name: "search", created_at: now(), role: "member" },
      },
    });
    expect((await projects.apiKeys.list(project_id)).data).toEqual([read]);
    expect(server.simulator.secrets()).toContain(key.value);
  });

  test("a person's key is listed with the person", async () => {
    // GIVEN
    const { id, value } = server.simulator.addUserKey("Dana");

    // THEN
    const [key] = (await projects.apiKeys.list(project_id)).data;
    expect(key).toMatchObject({ id, owner: { type: "user", user: { name: "Dana", role: "member" } } });
    expect(value).toMatch(/^sk-proj-/);
    expect((await projects.apiKeys.delete(id, { project_id })).deleted).toBe(true);
  });

  test("250 keys come in pages, each once", async () => {
    // GIVEN
    const account = await newAccount();
    const made: string[] = [];
    for (let index = 0; index < 250; index += 1) made.push((await newKey(account)).id);
    server.calls.length = 0;

    // WHEN
    const listed: string[] = [];
    for await (const key of projects.apiKeys.list(project_id, { limit: 100 })) listed.push(key.id);

    // THEN
    expect(listed).toEqual(made);
    expect(server.calls).toHaveLength(3);
    expect((await projects.apiKeys.list(project_id)).data).toHaveLength(20);
    for (const limit of [0, 101, 1.5]) {
      await expect(projects.apiKeys.list(project_id, { limit })).rejects.toMatchObject({ status: 400, param: "limit" });
    }
    await expect(projects.apiKeys.list(project_id, { after: "key_unknown" })).rejects.toMatchObject({ status: 400 });
  });

  test("an update changes scopes and expiry of a live key, from the moment it is sent", async () => {
    // GIVEN
    const key = await newKey(await newAccount(), { scopes: ["api.model.read"], expires_in_seconds: 100 });
    const client = server.client(key.value);
    server.clock.advance(50);

    // WHEN
    const updated = await projects.apiKeys.update(key.id, {
      project_id,
      scopes: ["api.files.read"],
      expires_in_seconds: 100,
    });

    // THEN
    expect(updated).toMatchObject({ id: key.id, expires_at: now() + 100, object: "organization.project.api_key" });
    expect(updated).not.toHaveProperty("scopes");
    await expect(client.models.list()).rejects.toThrow("Missing scopes: api.model.read");
    expect((await client.files.list()).data).toEqual([]);

    // WHEN an empty list is set
    await projects.apiKeys.update(key.id, { project_id, scopes: [] });

    // THEN everything is open
    expect((await client.models.list()).data.length).toBeGreaterThan(0);

    // WHEN it has expired
    server.clock.advance(100);

    // THEN
    await expect(client.models.list()).rejects.toMatchObject({ status: 401, code: "invalid_api_key" });
    await expect(projects.apiKeys.update(key.id, { project_id, expires_in_seconds: 100 })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining("Expired API keys cannot be updated"),
    });
    expect((await projects.apiKeys.retrieve(key.id, { project_id })).expires_at).toBe(now());
  });

  test("a deleted key is gone; its account and siblings stay", async () => {
    // GIVEN
    const account = await newAccount();
    const [doomed, sibling] = [await newKey(account), await newKey(account)];

    // WHEN
    const answer = await projects.apiKeys.delete(doomed.id, { project_id });

    // THEN
    expect(answer).toEqual({ object: "organization.project.api_key.deleted", id: doomed.id, deleted: true });
    await expect(server.client(doomed.value).models.list()).rejects.toMatchObject({ status: 401 });
    expect((await server.client(sibling.value).models.list()).data.length).toBeGreaterThan(0);
    await expect(projects.apiKeys.delete(doomed.id, { project_id })).rejects.toMatchObject({ status: 404 });
  });

  test("an object of one project is not found in another", async () => {
    // GIVEN
    const account = await newAccount();
    const key = await newKey(account);
    const other = (await projects.list()).data.find((project) => project.id !== project_id)?.id ?? "";

    // THEN
    const elsewhere = { project_id: other };
    await expect(projects.apiKeys.retrieve(key.id, elsewhere)).rejects.toMatchObject({ status: 404 });
    await expect(projects.apiKeys.delete(key.id, elsewhere)).rejects.toMatchObject({ status: 404 });
    await expect(projects.serviceAccounts.delete(account, elsewhere)).rejects.toMatchObject({ status: 404 });
    await expect(projects.apiKeys.list("proj_unknown")).rejects.toMatchObject({ status: 404 });
  });

  test.each<[string, object]>([
    ["expires_in_seconds", { expires_in_seconds: 0 }],
    ["expires_in_seconds", { expires_in_seconds: 31_536_001 }],
    ["name", { name: "" }],
    ["scopes.0", { scopes: ["two words"] }],
    ["colour", { colour: "red" }],
  ])("a key is refused for its %s: %j", async (param, body) => {
    // GIVEN
    const account = await newAccount();

    // THEN
    await expect(newKey(account, body)).rejects.toMatchObject({ status: 400, type: "invalid_request_error", param });
  });

  test("an update needs something to update, and takes no null", async () => {
    // GIVEN
    const { id } = await newKey(await newAccount());
    const path = `/organization/projects/${project_id}/api_keys/${id}`;
    const post = (body: string) =>
      fetch(`${server.baseUrl}${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${server.simulator.adminKey}` },
        body,
      });

    // THEN
    for (const body of ["{}", '{"scopes":null}', '{"expires_in_seconds":null}', "{", "[]", '"text"']) {
      const answer = await post(body);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toEqual({
        error: expect.objectContaining({ type: "invalid_request_error", message: expect.any(String) }),
      });
    }
    expect((await post('{"expires_in_seconds":60}')).status).toBe(200);
  });

  test("unknown parameters, paths and methods are refused", async () => {
    // GIVEN
    const get = (path: string, method = "GET") =>
      fetch(`${server.baseUrl}${path}`, { method, headers: { authorization: `Bearer ${server.simulator.adminKey}` } });

    // THEN
    expect((await get(`/organization/projects/${project_id}/api_keys?colour=red`)).status).toBe(400);
    expect((await get("/organization/nothing")).status).toBe(404);
    expect((await get("/organization/projects//api_keys")).status).toBe(404);
    expect((await get("/organization/projects", "DELETE")).status).toBe(405);
  });

  test("admin keys are made, listed both ways, read, and deleted", async () => {
    // GIVEN
    const adminKeys = server.client().admin.organization.adminAPIKeys;

    // WHEN
    const made = await adminKeys.create({ name: "next", expires_in_seconds: 60 });

    // THEN
    expect(made).toMatchObject({
      object: "organization.admin_api_key",
      name: "next",
      value: expect.stringMatching(/^sk-admin-[A-Za-z0-9_-]{60,}$/),
      expires_at: now() + 60,
      owner: { type: "user", role: "owner" },
    });
    const names = async (order: "asc" | "desc") => {
      const all: Array<string | null | undefined> = [];
      for await (const key of adminKeys.list({ order, limit: 1 })) all.push(key.name);
      return all;
    };
    expect(await names("asc")).toEqual(["Sandbox admin key", "next"]);
    expect(await names("desc")).toEqual(["next", "Sandbox admin key"]);
    expect(await adminKeys.retrieve(made.id)).not.toHaveProperty("value");
    const next = server.client("sk-none", made.value).admin.organization;
    expect((await next.projects.list()).data).toHaveLength(2);

    // WHEN it has expired
    server.clock.advance(60);

    // THEN
    await expect(next.projects.list()).rejects.toMatchObject({ status: 401 });
    expect(await adminKeys.delete(made.id)).toEqual({
      object: "organization.admin_api_key.deleted",
      id: made.id,
      deleted: true,
    });
    await expect(adminKeys.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
  });

  test("only an admin key opens the Admin API", async () => {
    // GIVEN
    const key = await newKey(await newAccount());
    const as = (adminKey: string) => server.client("sk-none", adminKey).admin.organization.projects.list();

    // THEN
    await expect(as(key.value)).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining("Missing scopes: api.management.read"),
    });
    await expect(as("sk-admin-unknown")).rejects.toMatchObject({ status: 401, code: "invalid_api_key" });
    expect((await fetch(`${server.baseUrl}/organization/projects`)).status).toBe(401);
  });
});
