import * as v from "valibot";
import { configurationOf, installedModules } from "../check";
import type { Invocation } from "../invocation";
import { chosenProvider } from "./chosen-provider";
import type { LendingRequest } from "./lending";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Borrowing {
  /** Where the run is asked. */
  readonly url: string;
  readonly invocation: Invocation;
  readonly isTofu: boolean;
  readonly dataFolder: string;
  /** What Terraform gets. */
  readonly environment: Environment;
}

/** Commands that use providers on one configuration. */
const WITH_PROVIDERS: ReadonlySet<string> = new Set(["apply", "destroy", "import", "plan", "refresh", "show"]);
const lentSchema = v.record(v.string(), v.string());

/**
 * @returns what leads Terraform to a provider that runs already; nothing where it is to start its
 * own.
 */
export async function borrowProvider(borrowing: Borrowing): Promise<Record<string, string>> {
  const { url, invocation, environment } = borrowing;
  const binary = providerToShare(borrowing);
  if (binary === undefined) return {};
  const given = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  // The shell that started this becomes Terraform and keeps its id.
  const request: LendingRequest = { binary, folder: invocation.folder, pid: process.ppid, environment: given };
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(request) });
  return answer.status === 200 ? v.parse(lentSchema, await answer.json()) : {};
}

/** Path of the provider that a call can share with others; undefined where it is to start its own. */
export function providerToShare(call: Omit<Borrowing, "url">): string | undefined {
  return canShare(call) ? chosenProvider(call.dataFolder, call.isTofu) : undefined;
}

/**
 * A provider that runs already has one configuration at a time, writes its log elsewhere, and is
 * not what somebody debugs. https://developer.hashicorp.com/terraform/plugin/debugging
 */
export function canShare({
  invocation: { command = "", folder },
  isTofu,
  dataFolder,
  environment,
}: Omit<Borrowing, "url">): boolean {
  if (!WITH_PROVIDERS.has(command)) return false;
  if (Object.keys(environment).some((name) => name === "TF_REATTACH_PROVIDERS" || name.startsWith("TF_LOG"))) {
    return false;
  }
  const { providers } = configurationOf(folder, isTofu);
  return new Set(providers).size === providers.length && installedModules(folder, dataFolder).length === 0;
}
