import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import type { SpendLimitSetParams } from "@anthropic-ai/sdk/resources/beta/organization/spend-limits";
import type { APIKeyUpdateParams } from "@anthropic-ai/sdk/resources/organization/api-keys";
import type { RateLimitUpdateParams } from "@anthropic-ai/sdk/resources/organization/workspaces/rate-limits";
import type { RateLimitBody, SpendLimitBody, UpdateKeyBody } from "../../../../src/vendors/anthropic/bodies";
import { createAnthropicSimulator } from "../../../../src/vendors/anthropic/simulator/simulator";

/**
 * True where `Body` fits what Anthropic's client takes and has no field that it does not know. The
 * compiler is the judge.
 */
type Fits<Body, Params> = Body extends Params ? (keyof Body extends keyof Params ? true : false) : false;

test("request bodies fit the parameter types of Anthropic's client (held by the compiler)", () => {
  const update: Fits<UpdateKeyBody, APIKeyUpdateParams> = true;
  const rates: Fits<RateLimitBody, Omit<RateLimitUpdateParams, "workspace_id">> = true;
  const spend: Fits<SpendLimitBody, SpendLimitSetParams> = true;
  const unknownStatus: Fits<{ status: "expired" }, APIKeyUpdateParams> = false;
  expect([update, rates, spend, unknownStatus]).toEqual([true, true, true, false]);
});

test("Anthropic's own client understands what the simulator answers", async () => {
  // GIVEN
  const simulator = createAnthropicSimulator({ clock: { now: () => Date.UTC(2026, 10, 24, 10) }, seed: "sdk" });
  const [{ id, value }] = ["one", "two", "three"].map((name) => simulator.addConsoleKey({ name })) as [
    ReturnType<typeof simulator.addConsoleKey>,
  ];
  simulator.configure({ activeKeysMax: 2, spendLimits: true });
  const [workspace] = simulator.state.workspaceIds;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const { method = "", url = "" } = request;
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, text]) => [name, String(text)]));
    const answer = await simulator.handle({ method, url, headers, body: Buffer.concat(chunks).toString("utf8") });
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  try {
    // WHEN
    const script = join(__dirname, "sdk-client.mjs");
    const { stdout } = await promisify(execFile)(process.execPath, [
      script,
      url,
      simulator.adminKey,
      id,
      value,
      workspace,
    ]);

    // THEN
    const limit = { type: "requests_per_minute", value: 3, org_limit: 4_000, source: { type: "workspace" } };
    expect(JSON.parse(stdout)).toEqual({
      groups: [
        ["model_group", "claude-sonnet-5"],
        ["model_group", "claude-haiku-3-5"],
        ["batch", null],
      ],
      sources: ["organization"],
      limited: [limit],
      own: [["model_group", [limit]]],
      spend: [true, "5000", "USD", "monthly", ["5000"], "spend_limit_deleted"],
      workspace: [true, null, true, "string"],
      strange: { name: "NotFoundError", status: 404, code: null },
      listed: ["three", "two", "one"],
      models: 2,
      found: { name: "one", status: "active", scope: "workspace", fits: true },
      statuses: ["inactive", "archived"],
      stopped: { name: "AuthenticationError", status: 401, code: null },
      full: { name: "OrgAPIKeyLimitExceededError", status: 400, code: "org_api_key_limit_exceeded" },
      missing: { name: "NotFoundError", status: 404, code: null },
      refused: { name: "AuthenticationError", status: 401, code: null },
    });
  } finally {
    server.close();
  }
});
