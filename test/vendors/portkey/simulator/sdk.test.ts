import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { createPortkeySimulator } from "../../../../src/vendors/portkey/simulator/simulator";

const NOW = Date.UTC(2026, 10, 24, 10);

test("Portkey's own client understands what the simulator answers", async () => {
  // GIVEN
  const simulator = createPortkeySimulator({ clock: { now: () => NOW }, seed: "sdk" });
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
    const given = [script, url, simulator.adminKey, simulator.environment["PORTKEY_WORKSPACE_ID"] ?? ""];
    const { stdout } = await promisify(execFile)(process.execPath, given);

    // THEN
    expect(JSON.parse(stdout)).toEqual({
      created: "api-key",
      found: {
        name: "by the client",
        scopes: ["completions.write"],
        limits: [{ type: "requests", unit: "rpm", value: 2 }],
        at: "2026-12-24T10:00:00Z",
      },
      listed: [1, 1],
      models: 1,
      chat: "Hello.",
      refused: 403,
      ofAdmin: 403,
      updated: { scopes: ["logs.view"], budget: 5 },
      gone: 404,
    });
  } finally {
    server.close();
  }
});
