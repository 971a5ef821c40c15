import { devNull } from "node:os";
import { delimiter } from "node:path";
import { redact } from "../../model/redact";
import { keysIn } from "../../vendors/value-shape";
import { REGION } from "../aws/account";
import type { AccessKey } from "../journal/callers";
import type { VendorSimulator } from "../vendors/simulator";
import { LOOPBACK_NAMES, leadsOut } from "./leading-out";

export interface EndpointAddresses {
  readonly awsUrl: string;
  readonly controlUrl: string;
  readonly accessKey: AccessKey;
  readonly vendors: ReadonlyArray<{ readonly simulator: VendorSimulator; readonly url: string }>;
  /**
   * Real host -> where it is answered: for the commands of this package, which call vendors by
   * their real names.
   */
  readonly routes: Readonly<Record<string, string>>;
}

/** Variables that lead a command to the sandbox. */
export function sandboxEnvironment(addresses: EndpointAddresses): Record<string, string> {
  const environment: Record<string, string> = {
    AWS_ENDPOINT_URL: addresses.awsUrl,
    AWS_ACCESS_KEY_ID: addresses.accessKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: addresses.accessKey.secretAccessKey,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: "true",
    // Profiles can name endpoints and roles of their own.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    SANDBOX_URL: addresses.controlUrl,
    SANDBOX_ROUTES: JSON.stringify(addresses.routes),
  };
  for (const { simulator, url } of addresses.vendors) {
    const name = simulator.id.toUpperCase().replaceAll("-", "_");
    environment[`SANDBOX_${name}_URL`] = url + simulator.basePath;
    if (simulator.aws === undefined) environment[`SANDBOX_${name}_ADMIN_KEY`] = simulator.adminKey;
    Object.assign(environment, simulator.environment);
  }
  return environment;
}

export interface CommandEnvironment {
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Names of inherited variables that were taken away since their values look like keys of vendors.
   */
  readonly withheld: readonly string[];
}

/**
 * What a command inherits: everything but what could lead it out of the sandbox, and what the
 * sandbox sets.
 */
export function commandEnvironment(
  inherited: NodeJS.ProcessEnv,
  sandbox: Readonly<Record<string, string>>,
): CommandEnvironment {
  const environment: Record<string, string> = {};
  const withheld: string[] = [];
  for (const [name, value] of Object.entries(inherited)) {
    if (value === undefined || leadsOut(name) || Object.hasOwn(sandbox, name)) continue;
    // Also what only starts like a key: what is withheld in vain costs a line on the terminal.
    if (keysIn(value).length > 0 || redact(value) !== value) withheld.push(name);
    else environment[name] = value;
  }
  const noProxy = [...LOOPBACK_NAMES, environment["NO_PROXY"] ?? environment["no_proxy"]].filter(Boolean).join(",");
  return { environment: { ...environment, NO_PROXY: noProxy, no_proxy: noProxy, ...sandbox }, withheld };
}

/** `PATH` with a folder put first, unless it is on it. */
export function pathWith(folder: string, path: string | undefined): string {
  const folders = (path ?? "").split(delimiter).filter((part) => part !== "");
  return folders.includes(folder) ? folders.join(delimiter) : [folder, ...folders].join(delimiter);
}
