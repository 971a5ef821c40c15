import { openAiDescriptor } from "../../src/vendors/openai/descriptor";
import * as errors from "../errors";
import { ImportedIssuer, type IssuerAttributes } from "../issuer/imported-issuer";
import type { IKeyIssuer } from "../issuer/issuer";
import { KeyIssuer, type KeyIssuerProps } from "../issuer/key-issuer";
import { declareProjectLimits } from "../issuer/project-limits";
import type { Spend } from "../key/limits";
import { Scope } from "../key/scope";
import { type Construct, isToken } from "../terraform";

/** What an issuer of keys of OpenAI is made of. */
export interface OpenAiIssuerProps extends KeyIssuerProps {
  /** Project that keys are minted in, `proj_…`; may be a token. */
  readonly projectId: string;
  /**
   * Base URL of the API, for projects with data residency.
   * @default "https://api.openai.com/v1"
   */
  readonly baseUrl?: string;
  /**
   * What holds for the whole project, and so for each of its keys; OpenAI enforces it on no single
   * key. What is not declared is left as it is at OpenAI, also when it was declared before.
   * @default - everything is left as it is
   */
  readonly project?: OpenAiProjectProps;
}

/** What OpenAI enforces for a whole project; at least one of these. */
export interface OpenAiProjectProps {
  /**
   * The only models that may be used, as OpenAI names them, in the place of any list there.
   * @default - left as they are
   */
  readonly models?: readonly string[];
  /** @default - left as they are */
  readonly rateLimits?: readonly OpenAiRateLimit[];
  /**
   * Hard limit: OpenAI refuses calls beyond it until the month is over. `Spend.perMonth(…)`.
   * @default - left as it is
   */
  readonly spend?: Spend;
}

/**
 * Rates of one model in a project; at least one of the two. OpenAI takes none above its own limit
 * for the organisation.
 */
export interface OpenAiRateLimit {
  /** As OpenAI's list of the project's rate limits names it. */
  readonly model: string;
  /** @default - left as it is */
  readonly requestsPerMinute?: number;
  /** @default - left as it is */
  readonly tokensPerMinute?: number;
}

const PROJECT_ID = /^proj_[A-Za-z0-9_-]{1,128}$/;

/**
 * Issuer of keys of one OpenAI project. Each declared key gets a service account of its own in the
 * project. OpenAI enforces scopes and expiry per key; models, rate limits and spend only per
 * project: declare them as `project`.
 *
 * Renders what `KeyIssuer` says and, for `project`, an `aws_lambda_invocation`.
 *
 * @example
 * new OpenAiIssuer(stack, "openai", {
 *   adminKey: AdminKey.fromSecretName("ai/admin/openai"),
 *   projectId: "proj_abc",
 *   project: { spend: Spend.perMonth(500) },
 * });
 */
export class OpenAiIssuer extends KeyIssuer {
  /**
   * An issuer that another app deployed, for keys of this one. Renders nothing until a key names
   * it; docs/keys-of-another-app.md. Throws SK267, SK245 and SK260, and SK132 for a malformed
   * prefix.
   */
  public static fromAttributes(scope: Construct, id: string, attributes: IssuerAttributes): IKeyIssuer {
    return new ImportedIssuer(scope, id, openAiDescriptor, attributes);
  }

  public constructor(scope: Construct, id: string, props: OpenAiIssuerProps) {
    super(scope, id, openAiDescriptor, settings(props), props);
    const { projectId, baseUrl, project } = props;
    if (!isToken(projectId) && !(typeof projectId === "string" && PROJECT_ID.test(projectId))) {
      throw errors.malformedProjectId(this, projectId);
    }
    if (baseUrl !== undefined && !openAiDescriptor.baseUrls.includes(baseUrl)) {
      throw errors.baseUrlNotAllowed(this, openAiDescriptor.displayName, baseUrl, openAiDescriptor.baseUrls);
    }
    if (project !== undefined) declareProjectLimits(this, "project", projectId, project);
  }
}

/** As the adapter reads them. */
function settings({ projectId, baseUrl }: OpenAiIssuerProps): { [name: string]: string } {
  return baseUrl === undefined ? { projectId } : { projectId, baseUrl };
}

/**
 * What a key may do at OpenAI. OpenAI publishes no list of scopes; the constants are those seen in
 * its documentation, its answers and its dashboard.
 *
 * @example
 * [OpenAiScope.MODELS_READ, OpenAiScope.custom("api.evals.read")];
 */
export class OpenAiScope extends Scope {
  /** List and retrieve models. */
  public static readonly MODELS_READ = OpenAiScope.of("api.model.read");
  /**
   * Chat completions, embeddings, images, audio, moderations; with `RESPONSES_WRITE` also
   * responses.
   */
  public static readonly MODEL_REQUEST = OpenAiScope.of("api.model.request");
  public static readonly RESPONSES_READ = OpenAiScope.of("api.responses.read");
  public static readonly RESPONSES_WRITE = OpenAiScope.of("api.responses.write");
  public static readonly FILES_READ = OpenAiScope.of("api.files.read");
  public static readonly FILES_WRITE = OpenAiScope.of("api.files.write");
  public static readonly ASSISTANTS_READ = OpenAiScope.of("api.assistants.read");
  public static readonly ASSISTANTS_WRITE = OpenAiScope.of("api.assistants.write");
  public static readonly THREADS_READ = OpenAiScope.of("api.threads.read");
  public static readonly THREADS_WRITE = OpenAiScope.of("api.threads.write");
  public static readonly FINE_TUNING_JOBS_READ = OpenAiScope.of("api.fine_tuning.jobs.read");
  public static readonly FINE_TUNING_JOBS_WRITE = OpenAiScope.of("api.fine_tuning.jobs.write");

  /**
   * A known scope by its name, e.g. from a file. Names that are not known, and wildcards, are
   * refused by the key.
   */
  public static of(value: string): OpenAiScope {
    return new OpenAiScope(value, false);
  }

  /**
   * A scope that OpenAI documents and this release does not know, or a wildcard such as
   * `api.all.read`.
   */
  public static custom(value: string): OpenAiScope {
    return new OpenAiScope(value, true);
  }

  private constructor(value: string, custom: boolean) {
    super(openAiDescriptor.id, value, custom);
  }
}
