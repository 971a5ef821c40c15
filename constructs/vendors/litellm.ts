import { isOwnBaseUrl, OWN_BASE_URL_RULE } from "../../src/model/base-url";
import { liteLlmDescriptor } from "../../src/vendors/litellm/descriptor";
import * as errors from "../errors";
import { ImportedIssuer, type IssuerAttributes } from "../issuer/imported-issuer";
import type { IKeyIssuer } from "../issuer/issuer";
import { KeyIssuer, type KeyIssuerProps } from "../issuer/key-issuer";
import { type Construct, isToken } from "../terraform";

/** What an issuer of keys of a LiteLLM proxy is made of. */
export interface LiteLlmIssuerProps extends KeyIssuerProps {
  /**
   * Where the proxy is reached, as its clients and the functions reach it:
   * `https://litellm.example.com`, with `SERVER_ROOT_PATH` where it has one, without `/v1`. An
   * https URL with a host's name; may be a token. Every secret carries it as `baseUrl`.
   */
  readonly baseUrl: string;
}

/**
 * Issuer of virtual keys of one LiteLLM proxy, which keeps its keys in a database. The proxy
 * enforces endpoints, models, requests and tokens a minute, spend and expiry per key. There are no
 * scopes: a key can call models, or what of that its `endpoints` list, and can manage nothing.
 *
 * `adminKey` is the proxy's master key, or a key of a user with the role `proxy_admin`; for
 * `observerAdminKey` the role `proxy_admin_viewer` is enough. For a proxy without a way in from the
 * internet give the issuer a `network`.
 *
 * Renders what `KeyIssuer` says.
 *
 * @example
 * new LiteLlmIssuer(stack, "litellm", {
 *   adminKey: AdminKey.fromSecretName("ai/admin/litellm"),
 *   baseUrl: "https://litellm.example.com",
 * });
 */
export class LiteLlmIssuer extends KeyIssuer {
  /**
   * An issuer that another app deployed, for keys of this one. Renders nothing until a key names
   * it; docs/keys-of-another-app.md. Throws SK267, SK245 and SK260, and SK132 for a malformed
   * prefix.
   */
  public static fromAttributes(scope: Construct, id: string, attributes: IssuerAttributes): IKeyIssuer {
    return new ImportedIssuer(scope, id, liteLlmDescriptor, attributes);
  }

  public constructor(scope: Construct, id: string, props: LiteLlmIssuerProps) {
    const { baseUrl } = props;
    super(scope, id, liteLlmDescriptor, { baseUrl }, props);
    if (isToken(baseUrl) || (typeof baseUrl === "string" && isOwnBaseUrl(baseUrl))) return;
    // What stands around the host may be a secret.
    const given = typeof baseUrl === "string" && baseUrl.includes("@") ? "a URL with a user" : baseUrl;
    throw errors.malformedSetting(this, "baseUrl", given, OWN_BASE_URL_RULE, "the settings of the proxy's clients");
  }
}

/**
 * Routes of a LiteLLM proxy, for `endpoints`; any other route of the proxy can be given as a text,
 * and so can what starts with it (`/v1/*`). A route opens itself and what lies under it. Most have
 * two names: clients whose base URL ends in `/v1` call the second.
 *
 * @example
 * [LiteLlmEndpoint.CHAT_COMPLETIONS, LiteLlmEndpoint.V1_CHAT_COMPLETIONS];
 */
export class LiteLlmEndpoint {
  public static readonly CHAT_COMPLETIONS = "/chat/completions";
  public static readonly V1_CHAT_COMPLETIONS = "/v1/chat/completions";
  public static readonly COMPLETIONS = "/completions";
  public static readonly V1_COMPLETIONS = "/v1/completions";
  public static readonly RESPONSES = "/responses";
  public static readonly V1_RESPONSES = "/v1/responses";
  /** Of Anthropic's API. */
  public static readonly V1_MESSAGES = "/v1/messages";
  public static readonly EMBEDDINGS = "/embeddings";
  public static readonly V1_EMBEDDINGS = "/v1/embeddings";
  public static readonly IMAGE_GENERATIONS = "/images/generations";
  public static readonly V1_IMAGE_GENERATIONS = "/v1/images/generations";
  public static readonly AUDIO_TRANSCRIPTIONS = "/audio/transcriptions";
  public static readonly V1_AUDIO_TRANSCRIPTIONS = "/v1/audio/transcriptions";
  public static readonly AUDIO_SPEECH = "/audio/speech";
  public static readonly V1_AUDIO_SPEECH = "/v1/audio/speech";
  public static readonly MODERATIONS = "/moderations";
  public static readonly V1_MODERATIONS = "/v1/moderations";
  public static readonly RERANK = "/rerank";
  public static readonly V1_RERANK = "/v1/rerank";
  /** The list of models, which costs nothing. */
  public static readonly MODELS = "/models";
  public static readonly V1_MODELS = "/v1/models";

  /** LiteLLM's group of all routes of OpenAI's API. */
  public static readonly OPENAI_ROUTES = "openai_routes";
  /** LiteLLM's group of Anthropic's API. */
  public static readonly ANTHROPIC_ROUTES = "anthropic_routes";
  /** LiteLLM's group of Google's `generateContent` and its like. */
  public static readonly GOOGLE_ROUTES = "google_routes";
  /**
   * LiteLLM's group of all that calls models, for use beside other routes. Alone it is what a key
   * without `endpoints` may call, and is refused by the controller: leave `endpoints` out.
   */
  public static readonly LLM_API_ROUTES = "llm_api_routes";

  private constructor() {}
}
