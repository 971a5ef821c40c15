import { createOpenAiSimulator } from "../../../../src/vendors/openai/simulator/simulator";
import { ManualClock, type OpenAiServer, startOpenAiServer } from "../../../support/openai-server";

describe("settings of the simulator", () => {
  let server: OpenAiServer;
  let project_id: string;

  beforeEach(async () => {
    server = await startOpenAiServer();
    project_id = server.simulator.projectId;
  });
  afterEach(() => server.close());

  const projects = () => server.client().admin.organization.projects;
  const newAccount = async () => {
    const { id } = await projects().serviceAccounts.create(project_id, {
      name: "a",
      create_service_account_only: true,
    });
    await projects().serviceAccounts.update(id, { project_id, role: "member" });
    return id;
  };
  const newKey = (account: string, body: { scopes?: string[]; expires_in_seconds?: number | null } = {}) =>
    projects().serviceAccounts.apiKeys.create(account, { project_id, ...body });

  test("what is not known is refused, and changes nothing", async () => {
    // WHEN
    for (const settings of [
      { colour: "red" },
      { adminKeyValid: "no" },
      { throttlePerMinutePerEndpoint: 0 },
      { deleteServiceAccountKey: "maybe", adminKeyValid: false },
      "adminKeyValid",
      null,
    ]) {
      expect(() => server.simulator.configure(settings)).toThrow(/OpenAI simulator: setting/);
    }

    // THEN
    expect((await projects().list()).data).toHaveLength(2);
  });

  test("maximumLifetimeSeconds: an expiry is needed, and bounded", async () => {
    // GIVEN
    server.simulator.configure({ maximumLifetimeSeconds: 3_600 });
    const account = await newAccount();
    const refusal = { status: 400, param: "expires_in_seconds" };

    // THEN
    await expect(newKey(account)).rejects.toMatchObject(refusal);
    await expect(newKey(account, { expires_in_seconds: null })).rejects.toMatchObject(refusal);
    await expect(newKey(account, { expires_in_seconds: 3_601 })).rejects.toMatchObject(refusal);
    await expect(projects().serviceAccounts.create(project_id, { name: "b" })).rejects.toMatchObject(refusal);
    const { id } = await newKey(account, { expires_in_seconds: 3_600 });
    await expect(projects().apiKeys.update(id, { project_id, expires_in_seconds: 3_601 })).rejects.toMatchObject(
      refusal,
    );
    await expect(projects().apiKeys.update(id, { project_id, scopes: ["api.model.read"] })).resolves.toMatchObject({
      id,
    });

    // WHEN
    server.simulator.configure({ maximumLifetimeSeconds: null });

    // THEN
    expect((await newKey(account)).expires_at).toBeNull();
  });

  test("serviceAccountKeysOnly: keys of people are refused", async () => {
    // GIVEN
    const user = server.client(server.simulator.addUserKey("Dana").value);
    const account = server.client((await newKey(await newAccount())).value);
    expect((await user.models.list()).data.length).toBeGreaterThan(0);

    // WHEN
    server.simulator.configure({ serviceAccountKeysOnly: true });

    // THEN
    await expect(user.models.list()).rejects.toMatchObject({ status: 401 });
    expect((await account.models.list()).data.length).toBeGreaterThan(0);
  });

  test("throttlePerMinutePerEndpoint: 429 without Retry-After, refilled as time passes", async () => {
    // GIVEN
    server.simulator.configure({ throttlePerMinutePerEndpoint: 6 });
    const list = () =>
      fetch(`${server.baseUrl}/organization/projects`, {
        headers: { authorization: `Bearer ${server.simulator.adminKey}` },
      });
    const statuses = async (calls: number) => {
      const all: number[] = [];
      for (let call = 0; call < calls; call += 1) all.push((await list()).status);
      return all;
    };

    // THEN
    expect(await statuses(7)).toEqual([200, 200, 200, 200, 200, 200, 429]);
    expect((await list()).headers.get("retry-after")).toBeNull();
    await expect(projects().retrieve(project_id)).resolves.toMatchObject({ id: project_id });
    server.clock.advance(10);
    expect(await statuses(2)).toEqual([200, 429]);
    server.clock.advance(600);
    expect(await statuses(7)).toEqual([200, 200, 200, 200, 200, 200, 429]);
  });

  test("activationDelaySeconds: a new key is refused at first", async () => {
    // GIVEN
    server.simulator.configure({ activationDelaySeconds: 5 });
    const client = server.client((await newKey(await newAccount())).value);

    // THEN
    server.clock.advance(4.9);
    await expect(client.models.list()).rejects.toMatchObject({ status: 401, code: "invalid_api_key" });
    server.clock.advance(0.1);
    expect((await client.models.list()).data.length).toBeGreaterThan(0);
  });

  test("deleteServiceAccountKey: refused with 400, for keys of service accounts alone", async () => {
    // GIVEN
    server.simulator.configure({ deleteServiceAccountKey: "refused" });
    const { id } = await newKey(await newAccount());
    const user = server.simulator.addUserKey("Dana");

    // THEN
    await expect(projects().apiKeys.delete(id, { project_id })).rejects.toMatchObject({ status: 400 });
    await expect(projects().apiKeys.delete(user.id, { project_id })).resolves.toMatchObject({ deleted: true });
  });

  test("auditLog: off is empty, forbidden is 403", async () => {
    // GIVEN
    const { auditLogs } = server.client().admin.organization;
    server.simulator.configure({ auditLog: "off" });
    await newAccount();

    // THEN
    expect((await auditLogs.list()).data).toEqual([]);
    server.simulator.configure({ auditLog: "forbidden" });
    await expect(auditLogs.list()).rejects.toMatchObject({ status: 403 });
    server.simulator.configure({ auditLog: "on" });
    expect((await auditLogs.list()).data).toEqual([]);
  });

  test("adminKeyValid: the sandbox's admin key is refused", async () => {
    // WHEN
    server.simulator.configure({ adminKeyValid: false });

    // THEN
    await expect(projects().list()).rejects.toMatchObject({ status: 401, code: "invalid_api_key" });
  });

  test("showScopesInList: key objects carry their scopes", async () => {
    // GIVEN
    server.simulator.configure({ showScopesInList: true });

    // WHEN
    const { id } = await newKey(await newAccount(), { scopes: ["api.model.read"] });

    // THEN
    expect(await projects().apiKeys.retrieve(id, { project_id })).toMatchObject({ scopes: ["api.model.read"] });
  });

  test("echoKeysInErrors: errors quote the caller's key and the newest one", async () => {
    // GIVEN
    const { value } = await newKey(await newAccount(), { scopes: ["api.model.read"] });
    server.simulator.configure({ echoKeysInErrors: true });

    // WHEN
    const error: unknown = await projects()
      .apiKeys.retrieve("key_unknown", { project_id })
      .catch((e: unknown) => e);

    // THEN
    const { adminKey } = server.simulator;
    expect(error).toMatchObject({ status: 404 });
    for (const quoted of [`Bearer ${adminKey}`, Buffer.from(adminKey).toString("base64"), value]) {
      expect(String(error)).toContain(quoted);
    }
  });

  test("the same seed gives the same ids and values, another seed others", () => {
    // GIVEN
    const clock = new ManualClock();
    const make = (seed?: string) => createOpenAiSimulator(seed === undefined ? { clock } : { clock, seed });

    // THEN
    expect(make("one").adminKey).toBe(make("one").adminKey);
    expect(make("one").adminKey).not.toBe(make("two").adminKey);
    expect(make().adminKey).not.toBe(make().adminKey);
    expect(make("one").environment).toEqual({ OPENAI_PROJECT_ID: make("one").projectId });
    expect(make("one").secrets()).toEqual([make("one").adminKey]);
  });
});
