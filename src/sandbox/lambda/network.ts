import { Socket } from "node:net";
import { CALLER_HEADER, HOST_HEADER } from "./launch";

const LOOPBACK_HOSTS = new Set(["127.0.0.1", "localhost", "::1"]);

/**
 * Sends `fetch` calls for a vendor's real host to its simulator, and lets nothing out of the
 * machine.
 */
export function closeNetwork(reroutes: Readonly<Record<string, string>>, callerKeyId: string): void {
  const realFetch = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const simulator = url.protocol === "https:" && url.port === "" ? reroutes[url.hostname] : undefined;
    if (simulator === undefined) return realFetch(request);
    const headers = new Headers(request.headers);
    headers.set(CALLER_HEADER, callerKeyId);
    headers.set(HOST_HEADER, url.hostname);
    return realFetch(simulator + url.pathname + url.search, {
      method: request.method,
      headers,
      body: request.body === null ? null : await request.arrayBuffer(),
      redirect: request.redirect,
      signal: request.signal,
    });
  };
  refuseForeignHosts();
}

/**
 * Every client ends here, `fetch` too, so a host that is not loopback looks unknown as it does
 * without internet.
 */
function refuseForeignHosts(): void {
  const realConnect = Socket.prototype.connect;
  Object.defineProperty(Socket.prototype, "connect", {
    configurable: true,
    writable: true,
    value(this: Socket, ...args: unknown[]): Socket {
      const host = hostOf(args);
      if (host === undefined || LOOPBACK_HOSTS.has(host)) return Reflect.apply(realConnect, this, args);
      const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), {
        code: "ENOTFOUND",
        syscall: "getaddrinfo",
        hostname: host,
      });
      process.nextTick(() => this.destroy(error));
      return this;
    },
  });
}

/**
 * `connect(options)`, `connect(port, host)`, `connect(path)`, or Node's own normalised
 * `[options, listener]`.
 */
function hostOf(args: readonly unknown[]): string | undefined {
  const [first, second] = args;
  if (Array.isArray(first)) return hostOf(first);
  if (typeof first === "object" && first !== null) {
    if ("path" in first && typeof first.path === "string") return undefined;
    return "host" in first && typeof first.host === "string" ? first.host : undefined;
  }
  return typeof second === "string" && typeof first !== "string" ? second : undefined;
}
