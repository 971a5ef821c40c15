import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { FakeAcme } from "./fake-acme";

/**
 * Acme on a port of this machine, for `scoped-keys sandbox --route
 * api.acme.example=http://127.0.0.1:<port>`.
 */
export function serveAcme(acme: FakeAcme): Server {
  return createServer(async (request, response) => {
    const { method = "GET", url = "/", headers } = request;
    const { authorization } = headers;
    const answer = await acme.handle({ method, url, headers: { authorization }, body: await text(request) });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
  });
}

if (require.main === module) {
  const acme = new FakeAcme({ now: Date.now });
  serveAcme(acme).listen(4010, "127.0.0.1", () =>
    console.log(`Acme listens on port 4010; admin key: ${acme.adminKey}`),
  );
}
