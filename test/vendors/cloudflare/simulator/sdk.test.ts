import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { createCloudflareSimulator } from "../../../../src/vendors/cloudflare/simulator/simulator";

const NOW = Date.UTC(2026, 10, 24, 10);

test("Cloudflare's own client understands what the simulator answers", async () => {
  // GIVEN
  const simulator = createCloudflareSimulator({ clock: { now: () => NOW }, seed: "sdk" });
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const { method = "", url = "" } = request;
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const answer = await simulator.handle({ method, url, headers, body: Buffer.concat(chunks).toString("utf8") });
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${simulator.basePath}`;

  try {
    // WHEN
    const script = join(__dirname, "sdk-client.mjs");
    const args = [script, url, simulator.adminKey, simulator.state.accountId];
    const { stdout } = await promisify(execFile)(process.execPath, args);

    // THEN
    expect(JSON.parse(stdout)).toEqual({
      groups: simulator.state.groups.length,
      created: { name: "by the client", status: "active", at: "2026-12-24T10:00:00Z", ip: ["192.0.2.0/24"] },
      verified: { sameId: true, status: "active" },
      models: 1,
      ran: "Hello.",
      closed: [403, 10_000],
      manages: [403, 10_000],
      // An update replaces the token: what was not sent is gone.
      updated: { group: "AI Gateway Read", expires: null, condition: null },
      gateways: ["default"],
      listed: 25,
      deleted: true,
      gone: [404, 1_003],
      dead: [401, 1_000],
    });
  } finally {
    server.close();
  }
});
