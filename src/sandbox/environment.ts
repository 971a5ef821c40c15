import { devNull } from "node:os";
import { delimiter } from "node:path";
import { REGION } from "./account";
import type { AccessKey } from "./callers";
import type { VendorSimulator } from "./simulator";

export interface EndpointAddresses {
  readonly awsUrl: string;
  readonly controlUrl: string;
  readonly accessKey: AccessKey;
  readonly vendors: ReadonlyArray<{ readonly simulator: VendorSimulator; readonly url: string }>;
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
  };
  for (const { simulator, url } of addresses.vendors) {
    const name = simulator.id.toUpperCase().replaceAll("-", "_");
    environment[`SANDBOX_${name}_URL`] = url + simulator.basePath;
    if (simulator.aws === undefined) environment[`SANDBOX_${name}_ADMIN_KEY`] = simulator.adminKey;
    Object.assign(environment, simulator.environment);
  }
  return environment;
}

/**
 * What a command inherits: everything but what could lead it to the real AWS or a real vendor (`AWS_*`, `OPENAI_*`, …),
 * and what the sandbox sets.
 */
export function commandEnvironment(
  inherited: NodeJS.ProcessEnv,
  sandbox: Readonly<Record<string, string>>,
  vendorIds: readonly string[],
): Record<string, string> {
  const removed = ["AWS_", ...vendorIds.map((id) => `${id.toUpperCase().replaceAll("-", "_")}_`)];
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited)) {
    if (value !== undefined && !removed.some((prefix) => name.startsWith(prefix))) environment[name] = value;
  }
  const noProxy = [environment["NO_PROXY"] ?? environment["no_proxy"], "127.0.0.1", "localhost"].filter(Boolean);
  return { ...environment, NO_PROXY: noProxy.join(","), no_proxy: noProxy.join(","), ...sandbox };
}

/** `PATH` with a folder put first, unless it is on it. */
export function pathWith(folder: string, path: string | undefined): string {
  const folders = (path ?? "").split(delimiter).filter((part) => part !== "");
  return folders.includes(folder) ? folders.join(delimiter) : [folder, ...folders].join(delimiter);
}
