import { InvalidArgumentError } from "commander";

const HOST = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/;
/** What leaves this machine would take keys with it. */
const TARGET = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):([1-9]\d{0,4})$/;
const PORT_MAX = 65_535;

/** `HOST=URL` of the option `--route`, beside those that were given before. */
export function withRoute(
  given: string,
  routes: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, host = "", url = ""] = /^([^=]*)=(.*)$/.exec(given) ?? [];
  if (!HOST.test(host) || /^[\d.]+$/.test(host)) {
    throw new InvalidArgumentError('Write HOST=URL, with the name of a host in lower case: "api.acme.example".');
  }
  if (Object.hasOwn(routes, host)) throw new InvalidArgumentError(`${host} has a route already.`);
  if (Number(TARGET.exec(url)?.[1] ?? Number.NaN) <= PORT_MAX) return { ...routes, [host]: url };
  throw new InvalidArgumentError(
    'The URL must be a server of this machine with its port and nothing after it: "http://127.0.0.1:4010".',
  );
}
