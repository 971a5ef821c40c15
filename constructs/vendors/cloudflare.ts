import { cloudflareDescriptor } from "../../src/vendors/cloudflare/descriptor";
import * as checks from "../checks";
import { ImportedIssuer, type IssuerAttributes } from "../issuer/imported-issuer";
import type { IKeyIssuer } from "../issuer/issuer";
import { KeyIssuer, type KeyIssuerProps } from "../issuer/key-issuer";
import { Scope } from "../key/scope";
import type { Construct } from "../terraform";

/** What an issuer of keys of Cloudflare is made of. */
export interface CloudflareIssuerProps extends KeyIssuerProps {
  /**
   * Account that tokens are minted in, 32 hexadecimal digits; may be a token. Shown in the address
   * of the account's dashboard.
   */
  readonly accountId: string;
}

const ACCOUNT_ID = /^[0-9a-f]{32}$/;

/**
 * Issuer of API tokens of one Cloudflare account, for Workers AI, AI Gateway and what belongs to
 * them. Cloudflare enforces permissions, expiry and source addresses per token; a permission holds
 * for the whole account, and not for one model or one gateway.
 *
 * Renders what `KeyIssuer` says.
 *
 * @example
 * new CloudflareIssuer(stack, "cloudflare", {
 *   adminKey: AdminKey.fromSecretName("ai/admin/cloudflare"),
 *   accountId: "0123456789abcdef0123456789abcdef",
 * });
 */
export class CloudflareIssuer extends KeyIssuer {
  /**
   * An issuer that another app deployed, for keys of this one. Renders nothing until a key names
   * it; docs/keys-of-another-app.md. Throws SK267, SK245 and SK260, and SK132 for a malformed
   * prefix.
   */
  public static fromAttributes(scope: Construct, id: string, attributes: IssuerAttributes): IKeyIssuer {
    return new ImportedIssuer(scope, id, cloudflareDescriptor, attributes);
  }

  public constructor(scope: Construct, id: string, props: CloudflareIssuerProps) {
    const { accountId } = props;
    super(scope, id, cloudflareDescriptor, { accountId }, props);
    const where = "the address of the account's dashboard, https://dash.cloudflare.com/<account id>";
    checks.setting(this, "accountId", accountId, ACCOUNT_ID, "32 lower-case hexadecimal digits", where);
  }
}

/**
 * What a token may do at Cloudflare: permission groups on the whole account.
 *
 * @example
 * [CloudflareScope.WORKERS_AI_READ];
 */
export class CloudflareScope extends Scope {
  /** List models of Workers AI and run them. */
  public static readonly WORKERS_AI_READ = CloudflareScope.of("workers-ai.read");
  /** The same, and change what is of the account in Workers AI. */
  public static readonly WORKERS_AI_WRITE = CloudflareScope.of("workers-ai.write");
  /** Read AI Gateways and their logs. */
  public static readonly AI_GATEWAY_READ = CloudflareScope.of("ai-gateway.read");
  /** Call models through every AI Gateway of the account. */
  public static readonly AI_GATEWAY_RUN = CloudflareScope.of("ai-gateway.run");
  public static readonly AI_GATEWAY_WRITE = CloudflareScope.of("ai-gateway.write");
  /** Read and query AI Search (AutoRAG). */
  public static readonly AI_SEARCH_READ = CloudflareScope.of("ai-search.read");
  public static readonly AI_SEARCH_WRITE = CloudflareScope.of("ai-search.write");
  /** Read and query indexes of Vectorize. */
  public static readonly VECTORIZE_READ = CloudflareScope.of("vectorize.read");
  public static readonly VECTORIZE_WRITE = CloudflareScope.of("vectorize.write");

  /**
   * A known scope by its name, e.g. from a file. Names that are not known are refused by the key.
   */
  public static of(value: string): CloudflareScope {
    return new CloudflareScope(value, false);
  }

  /**
   * Any permission group of the account by its id, 32 hexadecimal digits, as
   * `GET /accounts/<id>/tokens/permission_groups` lists them.
   */
  public static custom(groupId: string): CloudflareScope {
    return new CloudflareScope(groupId, true);
  }

  private constructor(value: string, custom: boolean) {
    super(cloudflareDescriptor.id, value, custom);
  }
}
