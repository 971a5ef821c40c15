import { geminiDescriptor } from "../../src/vendors/gemini/descriptor";
import * as checks from "../checks";
import { ImportedIssuer, type IssuerAttributes } from "../issuer/imported-issuer";
import type { IKeyIssuer } from "../issuer/issuer";
import { KeyIssuer, type KeyIssuerProps } from "../issuer/key-issuer";
import type { Construct } from "../terraform";

/** What an issuer of keys of the Gemini API is made of. */
export interface GeminiIssuerProps extends KeyIssuerProps {
  /**
   * Google Cloud project that keys are minted in, by its id or its number; may be a token. Shown at
   * the console's welcome page.
   */
  readonly projectId: string;
  /**
   * Service account that keys are bound to ("auth keys"): calls are made in its name, and with its
   * rights. May be a token. Google has announced that the Gemini API will refuse keys that are
   * bound to none.
   * @default - keys are not bound
   */
  readonly serviceAccountEmail?: string;
}

const PROJECT = /^(?:[a-z][a-z0-9-]{4,28}[a-z0-9]|\d{1,20})$/;
const PROJECT_RULE = "a project's id (6 to 30 lower-case letters, digits or '-') or its number";
const EMAIL = /^[a-z0-9.-]{1,100}@[a-z0-9.-]{1,150}$/;
const EMAIL_RULE = "the e-mail address of a service account";

/**
 * Issuer of Gemini API keys of one Google Cloud project. Google enforces methods (`endpoints`) and
 * source addresses (`networks`) per key; without `endpoints` a key opens the whole Gemini API, and
 * nothing else at Google. Google's keys do not expire: the sweep ends them.
 *
 * The admin key's secret holds a service account's key as Google's console gives it, a JSON object
 * with `client_email` and `private_key`.
 *
 * Renders what `KeyIssuer` says.
 *
 * @example
 * new GeminiIssuer(stack, "gemini", {
 *   adminKey: AdminKey.fromSecretName("ai/admin/gemini"),
 *   projectId: "search-prod",
 * });
 */
export class GeminiIssuer extends KeyIssuer {
  /**
   * An issuer that another app deployed, for keys of this one. Renders nothing until a key names
   * it; docs/keys-of-another-app.md. Throws SK267, SK245 and SK260, and SK132 for a malformed
   * prefix.
   */
  public static fromAttributes(scope: Construct, id: string, attributes: IssuerAttributes): IKeyIssuer {
    return new ImportedIssuer(scope, id, geminiDescriptor, attributes);
  }

  public constructor(scope: Construct, id: string, props: GeminiIssuerProps) {
    const { projectId, serviceAccountEmail } = props;
    super(scope, id, geminiDescriptor, settings(props), props);
    checks.setting(this, "projectId", projectId, PROJECT, PROJECT_RULE, "the welcome page of Google Cloud's console");
    if (serviceAccountEmail === undefined) return;
    const where = "IAM & Admin, Service Accounts in Google Cloud's console";
    checks.setting(this, "serviceAccountEmail", serviceAccountEmail, EMAIL, EMAIL_RULE, where);
  }
}

/** As the adapter reads them. */
function settings({ projectId, serviceAccountEmail }: GeminiIssuerProps): { [name: string]: string } {
  return serviceAccountEmail === undefined ? { projectId } : { projectId, serviceAccountEmail };
}

/**
 * Methods of the Gemini API, for `endpoints`. Any other string is taken as Google takes it: a full
 * name, or a start with `*` at its end. A full name without a version
 * (`google.ai.generativelanguage.FileService.*`) stands for all versions; one with `v1beta` shuts
 * out clients that call `v1`.
 *
 * @example
 * [GeminiMethod.GENERATE_CONTENT, GeminiMethod.COUNT_TOKENS];
 */
export class GeminiMethod {
  /** One answer of a model. */
  public static readonly GENERATE_CONTENT = "GenerateContent";
  /** The same in parts. */
  public static readonly STREAM_GENERATE_CONTENT = "StreamGenerateContent";
  public static readonly EMBED_CONTENT = "EmbedContent";
  public static readonly BATCH_EMBED_CONTENTS = "BatchEmbedContents";
  public static readonly COUNT_TOKENS = "CountTokens";
  public static readonly LIST_MODELS = "ListModels";
  public static readonly GET_MODEL = "GetModel";
  /** Everything that has to do with files. */
  public static readonly FILES = "google.ai.generativelanguage.FileService.*";
  /** Everything that has to do with cached contents. */
  public static readonly CACHED_CONTENTS = "google.ai.generativelanguage.CacheService.*";

  private constructor() {}
}
