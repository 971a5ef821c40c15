import { xAiDescriptor } from "../../src/vendors/xai/descriptor";
import * as checks from "../checks";
import { ImportedIssuer, type IssuerAttributes } from "../issuer/imported-issuer";
import type { IKeyIssuer } from "../issuer/issuer";
import { KeyIssuer, type KeyIssuerProps } from "../issuer/key-issuer";
import type { Construct } from "../terraform";

/** What an issuer of keys of xAI is made of. */
export interface XAiIssuerProps extends KeyIssuerProps {
  /**
   * Team that keys are made in, a UUID; may be a token. Shown at console.x.ai under Settings, Team.
   */
  readonly teamId: string;
}

const TEAM_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Issuer of keys of one xAI team. xAI enforces models, endpoints, requests and tokens a minute and
 * expiry per key; a key that names no models may use all of them, and likewise endpoints. There are
 * no scopes. A rotation gives the vendor key a new value.
 *
 * Renders what `KeyIssuer` says.
 *
 * @example
 * new XAiIssuer(stack, "xai", {
 *   adminKey: AdminKey.fromSecretName("ai/admin/xai"),
 *   teamId: "11111111-2222-3333-4444-555555555555",
 * });
 */
export class XAiIssuer extends KeyIssuer {
  /**
   * An issuer that another app deployed, for keys of this one. Renders nothing until a key names
   * it; docs/keys-of-another-app.md. Throws SK267, SK245 and SK260, and SK132 for a malformed
   * prefix.
   */
  public static fromAttributes(scope: Construct, id: string, attributes: IssuerAttributes): IKeyIssuer {
    return new ImportedIssuer(scope, id, xAiDescriptor, attributes);
  }

  public constructor(scope: Construct, id: string, props: XAiIssuerProps) {
    const { teamId } = props;
    super(scope, id, xAiDescriptor, { teamId }, props);
    const where = "console.x.ai, Settings, Team";
    checks.setting(this, "teamId", teamId, TEAM_ID, "a UUID in lower case", where);
  }
}

/**
 * Models by the names that xAI documents; `models` takes any other name as well.
 *
 * @example
 * [XAiModel.GROK_4_5];
 */
export class XAiModel {
  public static readonly GROK_4_5 = "grok-4.5";
  public static readonly GROK_4_3 = "grok-4.3";
  public static readonly GROK_4_20_REASONING = "grok-4.20-0309-reasoning";
  public static readonly GROK_4_20_NON_REASONING = "grok-4.20-0309-non-reasoning";
  public static readonly GROK_IMAGINE_IMAGE = "grok-imagine-image";
  public static readonly GROK_IMAGINE_IMAGE_QUALITY = "grok-imagine-image-quality";

  private constructor() {}
}

/**
 * Endpoints by the names that xAI's `GET /auth/teams/{team}/endpoints` answers; `endpoints` takes
 * any other name as well.
 *
 * @example
 * [XAiEndpoint.CHAT];
 */
export class XAiEndpoint {
  /** Chat and vision models. */
  public static readonly CHAT = "chat";
  public static readonly EMBED = "embed";
  /** Image generation. */
  public static readonly IMAGE = "image";
  /** List and retrieve models. */
  public static readonly MODELS = "models";
  public static readonly SAMPLE = "sample";
  public static readonly TOKENIZE = "tokenize";
  public static readonly DOCUMENTS = "documents";

  private constructor() {}
}
