import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { createElevenLabsSimulator } from "../../../../src/vendors/elevenlabs/simulator/simulator";

const NOW = Date.UTC(2026, 10, 24, 10);

test("ElevenLabs' own client understands what the simulator answers", async () => {
  // GIVEN
  const simulator = createElevenLabsSimulator({ clock: { now: () => NOW }, seed: "sdk" });
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
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { serviceAccountUserId } = simulator.state;

  try {
    // WHEN
    const script = join(__dirname, "sdk-client.mjs");
    const args = [script, url, simulator.adminKey, serviceAccountUserId];
    const { stdout } = await promisify(execFile)(process.execPath, args);

    // THEN
    const key = { name: "by the client", serviceAccountUserId, createdAtUnix: NOW / 1_000, isDisabled: false };
    expect(JSON.parse(stdout)).toEqual({
      listed: {
        ...key,
        permissions: ["models_read", "text_to_speech"],
        characterLimit: 5,
        allowedIps: ["203.0.113.7/32", "2001:db8::/32"],
      },
      models: 1,
      spoken: [200, 401],
      outside: 401,
      updated: { ...key, permissions: ["voices_read"] },
      voices: 1,
      malformed: 422,
      refused: 401,
      left: 0,
      dead: 401,
    });
  } finally {
    server.close();
  }
});
