import { SecretsManagerService, type SecretsManagerSettings } from "./aws/secrets-manager/service";
import { type Sandbox, type SandboxTools, startSandboxFrom } from "./sandbox";
import { createSimulators } from "./vendors";

export type { JournalEntry } from "./journal/journal";
export type { LogLine } from "./lambda/log-store";
export type { Sandbox, SandboxTools } from "./sandbox";
export type { Fault } from "./time-and-faults/faults";

export interface SandboxOptions {
  /** As `findToolchain` finds them. */
  readonly tools: SandboxTools;
  /** The environment that commands inherit, usually the process's own. */
  readonly inherited: NodeJS.ProcessEnv;
  /**
   * Hosts of vendors that the sandbox does not know -> where they are answered:
   * `http://127.0.0.1:<port>`. @default none
   */
  readonly routes?: Readonly<Record<string, string>>;
  /**
   * Lets commands run Terraform on states of this run alone. Not for whoever starts the real binary
   * by its path and knows the state.
   * @default false
   */
  readonly guardTerraform?: boolean;
  /** Lets the AWS provider run on from one guarded call of Terraform to the next. @default false */
  readonly keepProvider?: boolean;
  /**
   * Told of what goes wrong outside of any request. @default it ends the process as an unhandled
   * rejection does
   */
  readonly onError?: (error: unknown) => void;
  /** What AWS leaves open about Secrets Manager. @default as the service does */
  readonly secretsManager?: Partial<SecretsManagerSettings>;
}

/**
 * Starts AWS and every known vendor on loopback. Everything ends with `stop`, or with this process.
 */
export function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  return startSandboxFrom({
    tools: options.tools,
    inherited: options.inherited,
    routes: options.routes ?? {},
    guardTerraform: options.guardTerraform ?? false,
    keepProvider: options.keepProvider ?? false,
    onError: options.onError ?? rethrow,
    createSimulators,
    createSecretsManager: ({ record, ...context }) =>
      new SecretsManagerService(
        { ...context, onEvent: ({ name, secretArn, detail }) => record(name, { secretArn, ...detail }) },
        options.secretsManager,
      ),
  });
}

function rethrow(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
