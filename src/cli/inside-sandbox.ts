import * as v from "valibot";
import { ScopedKeysRuntimeError } from "../model/errors";
import { strictJson } from "../model/strict-json";
import { VendorError } from "../model/vendor-error";
import { CALLER_HEADER, HOST_HEADER } from "../sandbox/lambda/launch";

/**
 * How commands of this package behave that are started inside `scoped-keys sandbox`. The functions'
 * code knows nothing of it.
 *
 * What leads calls elsewhere must never do so in a real run: an admin key goes with them. So routes
 * count only together with an AWS endpoint on loopback, from which the admin key then comes, and
 * lead to loopback alone. Anything in between is refused.
 */
export interface InsideSandbox {
  /** Real host -> where it is answered on this machine. */
  readonly routes: ReadonlyMap<string, string>;
}

const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):[1-9]\d{0,4}(?:\/[A-Za-z0-9_-]+)*$/;
const HOST = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;
const routesSchema = v.pipe(
  v.string(),
  strictJson(),
  v.record(v.pipe(v.string(), v.regex(HOST)), v.pipe(v.string(), v.regex(LOOPBACK))),
);
/** By any of these a command takes itself to be in a sandbox. */
const MARKS = ["SANDBOX_URL", "SANDBOX_ROUTES"] as const;

/**
 * @returns undefined in a real run. @throws ScopedKeysRuntimeError SK358 where it is neither this
 * nor that
 */
export function insideSandbox(environment: NodeJS.ProcessEnv): InsideSandbox | undefined {
  if (MARKS.every((name) => environment[name] === undefined)) return undefined;
  for (const name of ["SANDBOX_URL", "AWS_ENDPOINT_URL"]) {
    if (!LOOPBACK.test((environment[name] ?? "").replace(/\/$/, "")))
      throw brokenSandbox(name, "does not lead to this machine");
  }
  const away = Object.keys(environment).find((name) => name.startsWith("AWS_ENDPOINT_URL_") || name === "AWS_PROFILE");
  if (away !== undefined) throw brokenSandbox(away, "can lead out of it");
  const routes = v.safeParse(routesSchema, environment["SANDBOX_ROUTES"]);
  if (!routes.success) throw brokenSandbox("SANDBOX_ROUTES", "does not lead each host to a server of this machine");
  return { routes: new Map(Object.entries(routes.output)) };
}

/** `fetch`, and in a sandbox one that reaches the simulators and nobody else. */
export function fetchFrom(environment: NodeJS.ProcessEnv, send: typeof fetch): typeof fetch {
  const inside = insideSandbox(environment);
  if (inside === undefined) return send;
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const simulator = url.protocol === "https:" && url.port === "" ? inside.routes.get(url.hostname) : undefined;
    if (simulator === undefined) {
      const cause = noWayOut(url.host);
      throw new VendorError("invalid", "fetch", cause.message, { cause });
    }
    const headers = new Headers(request.headers);
    headers.set(HOST_HEADER, url.hostname);
    const caller = environment["AWS_ACCESS_KEY_ID"];
    if (caller !== undefined) headers.set(CALLER_HEADER, caller);
    return send(simulator + url.pathname + url.search, {
      method: request.method,
      headers,
      body: request.body === null ? null : await request.arrayBuffer(),
      redirect: "error",
      signal: request.signal,
    });
  };
}

const brokenSandbox = (variable: string, problem: string) =>
  new ScopedKeysRuntimeError("SK358", {
    subject: variable,
    problem: `the environment looks like that of a sandbox but is not, so the command sent nothing: the variable ${problem}`,
    allowed: "all variables of one run of scoped-keys sandbox, unchanged; or neither SANDBOX_URL nor SANDBOX_ROUTES",
    remedy:
      "Start the command with scoped-keys sandbox --, source what scoped-keys sandbox prints, or unset these variables for a real run",
  });

const noWayOut = (host: string) =>
  new ScopedKeysRuntimeError("SK359", {
    subject: host,
    problem: "the sandbox has no simulator for this host, so the command sent nothing",
    remedy: "Give the sandbox a route (scoped-keys sandbox --route HOST=URL), or run the command outside the sandbox",
  });
