import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { createMistralSimulator } from "../../../../src/vendors/mistral/simulator/simulator";

const NOW = Date.UTC(2026, 10, 24, 10);

test("Mistral's own client understands what the simulator answers", async () => {
  // GIVEN
  const simulator = createMistralSimulator({ clock: { now: () => NOW }, seed: "sdk" });
  const { state } = simulator;
  const { workspaceId, userId } = state;
  const add = () => state.addKey({ name: "by hand", workspaceId, userId, expiration: null });
  const [key, deleted] = [add(), add()];
  state.keys.delete(deleted.id);
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
  // The client knows the path.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  try {
    // WHEN
    const script = join(__dirname, "sdk-client.mjs");
    const { stdout } = await promisify(execFile)(process.execPath, [script, url, key.value, deleted.value]);

    // THEN
    expect(JSON.parse(stdout)).toEqual({
      models: [{ id: "mistral-small-latest", type: "base" }],
      said: "Hello.",
      deleted: 401,
    });
  } finally {
    server.close();
  }
});
