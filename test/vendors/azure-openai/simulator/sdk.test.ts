import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RegenerateKeyParameters } from "@azure/arm-cognitiveservices";
import type { RegenerateKeyBody } from "../../../../src/vendors/azure-openai/bodies";
import { createAzureOpenAiSimulator } from "../../../../src/vendors/azure-openai/simulator/simulator";

/**
 * True where `Body` fits what Azure's client takes and has no field that it does not know. The
 * compiler is the judge.
 */
type Fits<Body, Params> = Body extends Params ? (keyof Body extends keyof Params ? true : false) : false;

test("the request body fits the parameter type of Azure's client (held by the compiler)", () => {
  const regenerate: Fits<RegenerateKeyBody, RegenerateKeyParameters> = true;
  const unknownSlot: Fits<{ keyName: "Key3" }, RegenerateKeyParameters> = false;
  expect([regenerate, unknownSlot]).toEqual([true, false]);
});

test("Azure's and OpenAI's own clients understand what the simulator answers", async () => {
  // GIVEN
  const simulator = createAzureOpenAiSimulator({ clock: { now: () => Date.UTC(2026, 10, 24, 10) }, seed: "sdk" });
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const { method = "", url = "" } = request;
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const answer = await simulator.handle({ method, url, headers, body: Buffer.concat(chunks).toString("utf8") });
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { tenantId, subscriptionId, resourceGroup, accountName } = simulator.settings;

  try {
    // WHEN
    const script = join(__dirname, "sdk-client.mjs");
    const args = [script, url, tenantId, subscriptionId, resourceGroup, accountName, simulator.adminKey];
    const { stdout } = await promisify(execFile)(process.execPath, args);

    // THEN
    expect(JSON.parse(stdout)).toEqual({
      keys: ["key1", "key2"],
      same: [true, false],
      models: [["gpt-5-mini"], ["gpt-5-mini"]],
      old: { status: 401 },
      missing: { status: 404, code: "ResourceNotFound" },
      stranger: { status: 401, code: "InvalidAuthenticationToken" },
    });
  } finally {
    server.close();
  }
});
