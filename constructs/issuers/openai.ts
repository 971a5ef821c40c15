import { openAiDescriptor } from "../../src/vendors/openai/descriptor";
import * as errors from "../errors";
import { KeyIssuer, type KeyIssuerProps } from "../key-issuer";
import { Scope } from "../scope";
import { type Construct, isToken } from "../terraform";

export interface OpenAiIssuerProps extends KeyIssuerProps {
  /** Project that keys are minted in, `proj_…`; may be a token. */
  readonly projectId: string;
  /**
   * Base URL of the API, for projects with data residency.
   * @default "https://api.openai.com/v1"
   */
  readonly baseUrl?: string;
}

const PROJECT_ID = /^proj_[A-Za-z0-9_-]{1,128}$/;

/**
 * Issuer of keys of one OpenAI project. Each declared key gets a service account of its own in the project. OpenAI enforces
 * scopes and expiry per key; models, rate limits and spend only per project.
 *
 * Renders what `KeyIssuer` says.
 */
export class OpenAiIssuer extends KeyIssuer {
  public constructor(scope: Construct, id: string, props: OpenAiIssuerProps) {
    super(scope, id, openAiDescriptor, settings(props), props);
    const { projectId, baseUrl } = props;
    if (!isToken(projectId) && !(typeof projectId === "string" && PROJECT_ID.test(projectId))) {
      throw errors.malformedProjectId(this, projectId);
    }
    if (baseUrl !== undefined && !openAiDescriptor.baseUrls.includes(baseUrl)) {
      throw errors.baseUrlNotAllowed(this, openAiDescriptor.displayName, baseUrl, openAiDescriptor.baseUrls);
    }
  }
}

/** As the adapter reads them. */
function settings({ projectId, baseUrl }: OpenAiIssuerProps): { [name: string]: string } {
  return baseUrl === undefined ? { projectId } : { projectId, baseUrl };
}

/**
 * What a key may do at OpenAI. OpenAI publishes no list of scopes; the constants are those seen in its documentation, its
 * answers and its dashboard.
 */
export class OpenAiScope extends Scope {
  /** List and retrieve models. */
  public static readonly MODELS_READ = OpenAiScope.of("api.model.read");
  /** Chat completions, embeddings, images, audio, moderations; with `RESPONSES_WRITE` also responses. */
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

  /** A known scope by its name, e.g. from a file. Names that are not known, and wildcards, are refused by the key. */
  public static of(value: string): OpenAiScope {
    return new OpenAiScope(value, false);
  }

  /** A scope that OpenAI documents and this release does not know, or a wildcard such as `api.all.read`. */
  public static custom(value: string): OpenAiScope {
    return new OpenAiScope(value, true);
  }

  private constructor(value: string, custom: boolean) {
    super(openAiDescriptor.id, value, custom);
  }
}
