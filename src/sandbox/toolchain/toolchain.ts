import { cliConfig } from "./cli-config";
import { withLock } from "./lock";
import { type Machine, sandboxFolder } from "./machine";
import { findMoto, installMoto, type Moto } from "./moto";
import { SOFTWARE_PREFIXES } from "./provider-mirror";
import { type Download, download } from "./release";
import { findTerraform, installTerraform, TERRAFORM_RELEASES_URL } from "./terraform";

export { ToolchainError } from "./errors";

export interface ToolchainOptions extends Machine {
  /** @default HashiCorp's release site */
  readonly terraformReleasesUrl?: string;
  /** @default fetch */
  readonly download?: Download;
  /**
   * Folders one level under which a provider mirror is looked for. @default the usual ones, such as
   * /opt
   */
  readonly softwarePrefixes?: readonly string[];
  /** Told before something is installed: that takes a while. */
  onInstall?(what: string): void;
}

export interface Toolchain {
  /** Path of terraform, 1.5 or later, or of tofu. */
  readonly terraform: string;
  readonly moto: Moto;
  /**
   * To be set for every call of Terraform, over the environment that the options gave; empty means
   * unset.
   */
  readonly terraformEnvironment: Readonly<Record<string, string>>;
  /**
   * The AWS provider comes from a mirror: `cdktf` is then to be called with `--skip-provider-lock`.
   */
  readonly usesMirror: boolean;
}

/**
 * Finds Terraform (or OpenTofu) and moto, and installs what is missing into `.sandbox` of the
 * project.
 * @throws ToolchainError with one sentence that says what to install.
 */
export async function findToolchain(options: ToolchainOptions): Promise<Toolchain> {
  const terraform =
    (await findTerraform(options)) ??
    (await installOnce(options, "Terraform", findTerraform, () =>
      installTerraform(options, options.download ?? download, options.terraformReleasesUrl ?? TERRAFORM_RELEASES_URL),
    ));
  const moto = (await findMoto(options)) ?? (await installOnce(options, "moto", findMoto, () => installMoto(options)));
  const config = await cliConfig(options, terraform.isTofu, options.softwarePrefixes ?? SOFTWARE_PREFIXES);
  return {
    terraform: terraform.path,
    moto,
    // The cdktf CLI runs what this variable names, and knows no other way to OpenTofu.
    terraformEnvironment: {
      CHECKPOINT_DISABLE: "1",
      TERRAFORM_BINARY_NAME: terraform.path,
      ...goRuntime(options.environment),
      ...config.environment,
    },
    usesMirror: config.usesMirror,
  };
}

/**
 * The AWS provider makes its schemas at each start and lives for seconds: without collecting
 * garbage a plan of few keys takes a third less of the processor. Beyond the limit it collects as
 * ever.
 */
function goRuntime({ GOGC, GOMEMLIMIT }: Machine["environment"]): Record<string, string> {
  return GOGC || GOMEMLIMIT ? {} : { GOGC: "off", GOMEMLIMIT: "1500MiB" };
}

/** Another process may have installed it while this one waited. */
async function installOnce<T>(
  options: ToolchainOptions,
  what: string,
  find: (machine: Machine) => Promise<T | undefined>,
  install: () => Promise<T>,
): Promise<T> {
  return withLock(sandboxFolder(options), async () => {
    const found = await find(options);
    if (found !== undefined) return found;
    options.onInstall?.(what);
    return install();
  });
}
