import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { createOpenRouterSimulator } from "../../../../src/vendors/openrouter/simulator/simulator";

const NOW = Date.UTC(2026, 10, 24, 10);

test("OpenRouter's own client understands what the simulator answers", async () => {
  // GIVEN
  const simulator = createOpenRouterSimulator({ clock: { now: () => NOW }, seed: "sdk" });
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
    const { stdout } = await promisify(execFile)(process.execPath, [script, url, simulator.adminKey]);

    // THEN
    expect(JSON.parse(stdout)).toEqual({
      created: { name: "by the client", limit: 25, reset: "monthly", at: "2026-12-24T10:00:00.000Z" },
      assigned: 1,
      own: { limit: 25, isManagementKey: false },
      listed: 1,
      updated: { limit: 5, reset: "daily" },
      deleted: true,
      gone: 404,
      refused: 401,
    });
  } finally {
    server.close();
  }
});
