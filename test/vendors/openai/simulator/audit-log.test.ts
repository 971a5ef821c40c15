import type { AuditLogListParams } from "openai/resources/admin/organization/audit-logs";
import { type OpenAiServer, startOpenAiServer } from "../../../support/openai-server";

describe("the audit log, as OpenAI's own client sees it", () => {
  let server: OpenAiServer;
  let account: string;
  let key: string;
  const start = () => Math.floor(server.clock.now() / 1_000);

  beforeEach(async () => {
    server = await startOpenAiServer();
    const { projects } = server.client().admin.organization;
    const project_id = server.simulator.projectId;
    // A second between any two acts.
    account = (await projects.serviceAccounts.create(project_id, { name: "a", create_service_account_only: true })).id;
    server.clock.advance(1);
    key = (await projects.serviceAccounts.apiKeys.create(account, { project_id, scopes: ["api.model.read"] })).id;
    server.clock.advance(1);
    await projects.apiKeys.update(key, { project_id, scopes: ["api.all.read"] });
    server.clock.advance(1);
    await projects.apiKeys.update(key, { project_id, expires_in_seconds: 60 });
    server.clock.advance(1);
    await projects.apiKeys.delete(key, { project_id });
  });
  afterEach(() => server.close());

  const logs = () => server.client().admin.organization.auditLogs;
  const types = async (query: AuditLogListParams) => (await logs().list(query)).data.map((event) => event.type);

  test("every act is there, newest first, with its payload and the admin key as actor", async () => {
    // WHEN
    const { data } = await logs().list();

    // THEN
    expect(data.map((event) => event.type)).toEqual([
      "api_key.deleted",
      "api_key.updated",
      "api_key.updated",
      "api_key.created",
      "service_account.created",
    ]);
    const [adminKey] = (await server.client().admin.organization.adminAPIKeys.list()).data;
    expect(data[2]).toEqual({
      id: expect.stringMatching(/^audit_log-/),
      type: "api_key.updated",
      effective_at: start() - 2,
      // What admin keys do is booked under the default project.
      project: { id: expect.stringMatching(/^proj_/), name: "Default project" },
      actor: {
        type: "api_key",
        api_key: {
          id: adminKey?.id,
          type: "user",
          user: { id: adminKey?.owner.id, email: "platform-admin@example.com" },
        },
      },
      "api_key.updated": { id: key, changes_requested: { scopes: ["api.all.read"] } },
    });
    expect(data[1]?.["api_key.updated"]).toEqual({ id: key, changes_requested: { expires_in_seconds: 60 } });
    expect(data[3]?.["api_key.created"]).toEqual({ id: key, data: { scopes: ["api.model.read"] } });
  });

  test("filters narrow it down", async () => {
    const [admin] = (await server.client().admin.organization.adminAPIKeys.list()).data;
    const [newest] = (await logs().list()).data;

    expect(await types({ event_types: ["api_key.updated"] })).toHaveLength(2);
    expect(await types({ event_types: ["api_key.created", "api_key.deleted"] })).toEqual([
      "api_key.deleted",
      "api_key.created",
    ]);
    expect(await types({ resource_ids: [account] })).toEqual(["service_account.created"]);
    expect(await types({ actor_ids: [admin?.id ?? ""] })).toHaveLength(5);
    expect(await types({ actor_ids: ["user-other"] })).toEqual([]);
    expect(await types({ actor_emails: ["platform-admin@example.com"] })).toHaveLength(5);
    expect(await types({ project_ids: [server.simulator.projectId] })).toEqual([]);
    expect(await types({ project_ids: [newest?.project?.id ?? ""] })).toHaveLength(5);
    expect(await types({ effective_at: { gte: start() - 1 } })).toEqual(["api_key.deleted", "api_key.updated"]);
    expect(await types({ effective_at: { gt: start() - 1 } })).toEqual(["api_key.deleted"]);
    expect(await types({ effective_at: { lt: start() - 3 } })).toEqual(["service_account.created"]);
    expect(await types({ effective_at: { lte: start() - 3 } })).toHaveLength(2);
  });

  test("pages follow forwards and backwards", async () => {
    // GIVEN
    const all = (await logs().list()).data.map((event) => event.id);

    // WHEN
    const forwards: string[] = [];
    for await (const event of logs().list({ limit: 2 })) forwards.push(event.id);

    // THEN
    expect(forwards).toEqual(all);
    const backwards = await logs().list({ limit: 2, before: all[3] ?? "" });
    expect(backwards.data.map((event) => event.id)).toEqual(all.slice(1, 3));
    expect(backwards.has_more).toBe(true);
    expect((await logs().list({ limit: 2, before: all[2] ?? "" })).has_more).toBe(false);
  });
});
