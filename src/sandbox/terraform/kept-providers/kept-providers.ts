import { createHash } from "node:crypto";
import * as v from "valibot";
import { hasEnded, killGroup, type ProcessGuard } from "../../processes/process-guard";
import { isRunning } from "../../processes/running";
import { PROVIDER, TERRAFORM_REGISTRY, TOFU_REGISTRY } from "../../toolchain/provider-mirror";
import { socketFolder } from "./socket-folder";

type Environment = Readonly<Record<string, string>>;

/** A running provider, for one call of Terraform. */
export interface LentProvider {
  /** What that call finds in its environment. */
  readonly environment: Environment;
  /** To be called when the call has ended. */
  release(): void;
}

/** What a call of Terraform asks for. */
export interface ProviderWanted {
  /** Path of the provider. */
  readonly binary: string;
  /** Terraform's: files are named from there. */
  readonly folder: string;
  /** Of the call. */
  readonly environment: Environment;
}

interface Running {
  readonly kind: string;
  readonly child: ReturnType<ProcessGuard["spawn"]>;
  /** JSON that leads to it. */
  readonly address: string;
}

/** Each takes some 600 MB of memory. */
const IDLE_MAX = 3;
/** A provider answers within a few seconds; a busy machine needs longer. */
const START_LIMIT_MILLIS = 60_000;
/** https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode */
const ADDRESS = /TF_REATTACH_PROVIDERS='([^'\n]+)'/;
const addressSchema = v.pipe(
  v.record(v.string(), v.unknown()),
  v.transform((byName) => Object.values(byName)[0]),
);
/** Their values lead a provider elsewhere, or give it other credentials. */
const OF_PROVIDER = /^(?:AWS_.*|TF_AWS_.*|TF_APPEND_USER_AGENT|[A-Za-z]+_(?:PROXY|proxy)|HOME|PATH)$/;

/**
 * AWS providers that outlive a call of Terraform, since a provider needs seconds to start. Each
 * serves one call at a time: a call configures it anew, region and credentials included.
 */
export class KeptProviders {
  /** The one that has rested longest first. */
  readonly #idle: Running[] = [];

  constructor(readonly guard: ProcessGuard) {}

  /**
   * A provider that nobody uses, or a new one.
   * @returns undefined where the binary does not serve that way; Terraform then starts its own
   */
  async lend(wanted: ProviderWanted): Promise<LentProvider | undefined> {
    const kind = kindOf(wanted);
    for (let at = this.#findIdle(kind); at >= 0; at = this.#findIdle(kind)) {
      const [running] = this.#idle.splice(at, 1);
      if (running !== undefined && isServing(running)) return this.#lent(running);
    }
    const running = await this.#start(kind, wanted);
    return running === undefined ? undefined : this.#lent(running);
  }

  #findIdle(kind: string): number {
    return this.#idle.findIndex((running) => running.kind === kind);
  }

  #lent(running: Running): LentProvider {
    let isLent = true;
    return {
      environment: { TF_REATTACH_PROVIDERS: running.address },
      release: () => {
        if (isLent) this.#idle.push(running);
        isLent = false;
        for (const { child } of this.#idle.splice(0, this.#idle.length - IDLE_MAX)) killGroup(child, "SIGKILL");
      },
    };
  }

  #start(kind: string, { binary, folder, environment }: ProviderWanted): Promise<Running | undefined> {
    const child = this.guard.spawn(binary, ["-debug"], {
      cwd: folder,
      env: { ...environment, ...socketFolder(this.guard.folder) },
      stdio: ["ignore", "pipe", "ignore"],
    });
    return new Promise((resolve) => {
      const give = (running?: Running) => {
        clearTimeout(limit);
        if (running === undefined && !hasEnded(child)) killGroup(child, "SIGKILL");
        resolve(running);
      };
      const limit = setTimeout(give, START_LIMIT_MILLIS);
      child.once("error", () => give());
      child.once("exit", () => give());
      let text = "";
      child.stdout?.on("data", (chunk: Buffer) => {
        text += chunk.toString("utf8");
        const address = ADDRESS.exec(text)?.[1];
        if (address !== undefined) give({ kind, child, address: forBothRegistries(address) });
      });
    });
  }
}

/** One that was killed a moment ago is known by its process alone. */
function isServing({ child }: Running): boolean {
  return child.pid !== undefined && !hasEnded(child) && isRunning(child.pid);
}

function forBothRegistries(address: string): string {
  const own = v.parse(addressSchema, JSON.parse(address));
  return JSON.stringify(
    Object.fromEntries([TERRAFORM_REGISTRY, TOFU_REGISTRY].map((registry) => [`${registry}/${PROVIDER}`, own])),
  );
}

function kindOf({ binary, folder, environment }: ProviderWanted): string {
  const own = Object.entries(environment)
    .filter(([name]) => OF_PROVIDER.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([binary, folder, own]))
    .digest("hex");
}
