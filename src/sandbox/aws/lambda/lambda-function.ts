import { randomUUID } from "node:crypto";
import { ACCOUNT_ID, REGION } from "../../account";
import type { FunctionSpec } from "../../lambda/invocation";
import type { FunctionCode } from "./code";
import { invalidParameter, LambdaError } from "./error";
import { FunctionPolicy } from "./policy";
import type { ConfigurationInput, EventInvokeConfig } from "./schemas";

export const LATEST = "$LATEST";
/** AWS: sum of all names and values. */
const MAX_ENVIRONMENT_BYTES = 4_096;
const RESERVED =
  /^(AWS_(?!LAMBDA_EXEC_WRAPPER$|LAMBDA_NODEJS_)|LAMBDA_TASK_ROOT$|LAMBDA_RUNTIME_DIR$|_HANDLER$|_X_AMZN_TRACE_ID$)/;

export interface Configuration {
  readonly input: ConfigurationInput;
  readonly code: FunctionCode;
  readonly architectures: readonly string[];
  readonly version: string;
  readonly lastModified: string;
  readonly revisionId: string;
}

/** One function: what `$LATEST` is, the versions published of it, and all that hangs on its name. */
export class LambdaFunction {
  readonly name: string;
  readonly arn: string;
  readonly policy: FunctionPolicy;
  readonly tags = new Map<string, string>();
  readonly versions: Configuration[] = [];
  latest: Configuration;
  reservedConcurrency: number | undefined;
  eventInvokeConfig: (EventInvokeConfig & { readonly lastModifiedSeconds: number }) | undefined;
  updateRuntimeOn = "Auto";
  recursiveLoop = "Terminate";
  /** Invocations that are running. */
  running = 0;

  constructor(
    name: string,
    input: ConfigurationInput,
    code: FunctionCode,
    architectures: readonly string[],
    nowMillis: number,
  ) {
    this.name = name;
    this.arn = functionArn(name);
    this.policy = new FunctionPolicy(this.arn);
    check(input);
    this.latest = {
      input,
      code,
      architectures,
      version: LATEST,
      lastModified: timestamp(nowMillis),
      revisionId: randomUUID(),
    };
  }

  /** Sets what is given and keeps the rest. */
  update(
    change: { input?: ConfigurationInput; code?: FunctionCode; architectures?: readonly string[] },
    nowMillis: number,
  ): void {
    const input = { ...this.latest.input, ...change.input };
    check(input);
    this.latest = {
      input,
      code: change.code ?? this.latest.code,
      architectures: change.architectures ?? this.latest.architectures,
      version: LATEST,
      lastModified: timestamp(nowMillis),
      revisionId: randomUUID(),
    };
  }

  /** A version is the frozen `$LATEST`; publishing without a change gives the last one again. */
  publish(description: string | undefined): Configuration {
    const last = this.versions.at(-1);
    const { latest } = this;
    if (last?.code === latest.code && last.lastModified === latest.lastModified) return last;
    const input = description === undefined ? latest.input : { ...latest.input, Description: description };
    const published = { ...latest, input, version: String(this.versions.length + 1), revisionId: randomUUID() };
    this.versions.push(published);
    return published;
  }

  configuration(qualifier: string): Configuration {
    if (qualifier === LATEST) return this.latest;
    const found = this.versions.find(({ version }) => version === qualifier);
    if (found !== undefined) return found;
    throw new LambdaError(404, "ResourceNotFoundException", `Function not found: ${this.arn}:${qualifier}`);
  }

  spec(qualifier: string): FunctionSpec {
    const { input, code, version, revisionId } = this.configuration(qualifier);
    return {
      name: this.name,
      arn: this.arn,
      version,
      revision: revisionId,
      codeDirectory: code.directory,
      handler: input.Handler ?? "",
      runtime: input.Runtime ?? "",
      timeoutSeconds: input.Timeout ?? 3,
      memoryMegabytes: input.MemorySize ?? 128,
      environment: input.Environment?.Variables ?? {},
    };
  }

  /** `FunctionConfiguration` of the API. Everything is ready at once: there is nothing to wait for. */
  describe(qualifier?: string): Record<string, unknown> {
    const { input, code, architectures, version, lastModified, revisionId } = this.configuration(qualifier ?? LATEST);
    const variables = input.Environment?.Variables;
    return {
      FunctionName: this.name,
      FunctionArn: qualifier === undefined ? this.arn : `${this.arn}:${version}`,
      Runtime: input.Runtime,
      Role: input.Role,
      Handler: input.Handler,
      CodeSize: code.sizeBytes,
      CodeSha256: code.sha256,
      Description: input.Description ?? "",
      Timeout: input.Timeout ?? 3,
      MemorySize: input.MemorySize ?? 128,
      LastModified: lastModified,
      Version: version,
      RevisionId: revisionId,
      ...(variables === undefined || Object.keys(variables).length === 0
        ? {}
        : { Environment: { Variables: variables } }),
      ...(input.KMSKeyArn ? { KMSKeyArn: input.KMSKeyArn } : {}),
      ...(input.DeadLetterConfig?.TargetArn ? { DeadLetterConfig: input.DeadLetterConfig } : {}),
      ...(input.VpcConfig?.SubnetIds?.length ? { VpcConfig: { ...input.VpcConfig, VpcId: "vpc-0sandbox" } } : {}),
      TracingConfig: { Mode: input.TracingConfig?.Mode ?? "PassThrough" },
      EphemeralStorage: { Size: input.EphemeralStorage?.Size ?? 512 },
      LoggingConfig: {
        LogFormat: "Text",
        LogGroup: `/aws/lambda/${this.name}`,
        ...input.LoggingConfig,
      },
      SnapStart: { ApplyOn: input.SnapStart?.ApplyOn ?? "None", OptimizationStatus: "Off" },
      PackageType: "Zip",
      Architectures: architectures,
      State: "Active",
      LastUpdateStatus: "Successful",
    };
  }
}

export function functionArn(name: string): string {
  return `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${name}`;
}

/** As AWS writes it: `2026-11-24T10:00:00.000+0000` */
function timestamp(millis: number): string {
  return new Date(millis).toISOString().replace("Z", "+0000");
}

function check(input: ConfigurationInput): void {
  if (input.Runtime === undefined || input.Handler === undefined) {
    throw invalidParameter(
      "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
    );
  }
  if (!/^nodejs\d+\.x$/.test(input.Runtime)) {
    throw invalidParameter(`The sandbox runs Node.js functions only, and not the runtime ${input.Runtime}.`);
  }
  const variables = Object.entries(input.Environment?.Variables ?? {});
  const reserved = variables.map(([name]) => name).filter((name) => RESERVED.test(name));
  if (reserved.length > 0) {
    throw invalidParameter(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(", ")}`,
    );
  }
  if (variables.reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value), 0) > MAX_ENVIRONMENT_BYTES) {
    throw invalidParameter(
      "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.",
    );
  }
}
