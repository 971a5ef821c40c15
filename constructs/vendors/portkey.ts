import { portkeyDescriptor } from "../../src/vendors/portkey/descriptor";
import * as checks from "../checks";
import { ImportedIssuer, type IssuerAttributes } from "../issuer/imported-issuer";
import type { IKeyIssuer } from "../issuer/issuer";
import { KeyIssuer, type KeyIssuerProps } from "../issuer/key-issuer";
import { Scope } from "../key/scope";
import type { Construct } from "../terraform";

/** What an issuer of keys of Portkey is made of. */
export interface PortkeyIssuerProps extends KeyIssuerProps {
  /**
   * Workspace that keys are minted in: its slug, `ws-…`, or its UUID, from the workspace's
   * settings; may be a token.
   */
  readonly workspaceId: string;
}

const WORKSPACE_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

/**
 * Issuer of service keys of one Portkey workspace. Portkey enforces scopes, requests and tokens a
 * minute, a budget of whole US dollars and expiry per key. A rotation gives the vendor key a new
 * value, and its old one works on for the overlap and some hours.
 *
 * The admin key is a key of the organisation, or a service key of the workspace, with the scopes
 * `workspace_service_api_keys.create`, `.read`, `.update`, `.delete`, `.list` and `.rotate`.
 *
 * Renders what `KeyIssuer` says.
 *
 * @example
 * new PortkeyIssuer(stack, "portkey", {
 *   adminKey: AdminKey.fromSecretName("ai/admin/portkey"),
 *   workspaceId: "ws-search-1a2b3c",
 * });
 */
export class PortkeyIssuer extends KeyIssuer {
  /**
   * An issuer that another app deployed, for keys of this one. Renders nothing until a key names
   * it; docs/keys-of-another-app.md. Throws SK267, SK245 and SK260, and SK132 for a malformed
   * prefix.
   */
  public static fromAttributes(scope: Construct, id: string, attributes: IssuerAttributes): IKeyIssuer {
    return new ImportedIssuer(scope, id, portkeyDescriptor, attributes);
  }

  public constructor(scope: Construct, id: string, props: PortkeyIssuerProps) {
    const { workspaceId } = props;
    super(scope, id, portkeyDescriptor, { workspaceId }, props);
    const rule = 'a slug such as "ws-my-team-1a2b3c", or a UUID';
    checks.setting(this, "workspaceId", workspaceId, WORKSPACE_ID, rule, "the workspace's settings at Portkey");
  }
}

/**
 * What a key may do at Portkey. Each scope opens one thing: `configs.list` does not open
 * `configs.read`. Scopes that manage keys, users, workspaces or integrations, and those that write
 * providers, policies and servers, are said with `custom`.
 *
 * @example
 * [PortkeyScope.COMPLETIONS_WRITE];
 */
export class PortkeyScope extends Scope {
  /**
   * All of inference: chat, responses, embeddings, images, audio, files, batches, fine-tuning;
   * lists models.
   */
  public static readonly COMPLETIONS_WRITE = PortkeyScope.of("completions.write");
  /** Logs and feedback; logs of calls made elsewhere need `COMPLETIONS_WRITE` as well. */
  public static readonly LOGS_WRITE = PortkeyScope.of("logs.write");
  public static readonly PROMPTS_RENDER = PortkeyScope.of("prompts.render");
  /** Calls MCP servers through the gateway. */
  public static readonly MCP_INVOKE = PortkeyScope.of("mcp.invoke");
  /** Calls agents through the gateway. */
  public static readonly AGENTS_INVOKE = PortkeyScope.of("agents.invoke");
  public static readonly GUARDRAILS_INVOKE = PortkeyScope.of("guardrails.invoke");
  public static readonly ANALYTICS_VIEW = PortkeyScope.of("analytics.view");
  public static readonly LOGS_EXPORT = PortkeyScope.of("logs.export");
  public static readonly LOGS_LIST = PortkeyScope.of("logs.list");
  public static readonly LOGS_VIEW = PortkeyScope.of("logs.view");
  public static readonly PROMPTS_CREATE = PortkeyScope.of("prompts.create");
  public static readonly PROMPTS_READ = PortkeyScope.of("prompts.read");
  public static readonly PROMPTS_UPDATE = PortkeyScope.of("prompts.update");
  public static readonly PROMPTS_DELETE = PortkeyScope.of("prompts.delete");
  public static readonly PROMPTS_LIST = PortkeyScope.of("prompts.list");
  public static readonly PROMPTS_PUBLISH = PortkeyScope.of("prompts.publish");
  public static readonly CONFIGS_CREATE = PortkeyScope.of("configs.create");
  public static readonly CONFIGS_READ = PortkeyScope.of("configs.read");
  public static readonly CONFIGS_UPDATE = PortkeyScope.of("configs.update");
  public static readonly CONFIGS_DELETE = PortkeyScope.of("configs.delete");
  public static readonly CONFIGS_LIST = PortkeyScope.of("configs.list");
  public static readonly GUARDRAILS_CREATE = PortkeyScope.of("guardrails.create");
  public static readonly GUARDRAILS_READ = PortkeyScope.of("guardrails.read");
  public static readonly GUARDRAILS_UPDATE = PortkeyScope.of("guardrails.update");
  public static readonly GUARDRAILS_DELETE = PortkeyScope.of("guardrails.delete");
  public static readonly GUARDRAILS_LIST = PortkeyScope.of("guardrails.list");
  public static readonly PROVIDERS_READ = PortkeyScope.of("providers.read");
  public static readonly PROVIDERS_LIST = PortkeyScope.of("providers.list");
  /** Providers by their older name; some calls need this one as well. */
  public static readonly VIRTUAL_KEYS_READ = PortkeyScope.of("virtual_keys.read");
  /** Providers by their older name, and models. */
  public static readonly VIRTUAL_KEYS_LIST = PortkeyScope.of("virtual_keys.list");
  public static readonly POLICIES_READ = PortkeyScope.of("policies.read");
  public static readonly POLICIES_LIST = PortkeyScope.of("policies.list");
  public static readonly MCP_SERVERS_READ = PortkeyScope.of("mcp_servers.read");
  public static readonly MCP_SERVERS_LIST = PortkeyScope.of("mcp_servers.list");
  public static readonly AGENT_SERVERS_READ = PortkeyScope.of("agent_servers.read");
  public static readonly AGENT_SERVERS_LIST = PortkeyScope.of("agent_servers.list");

  /**
   * A known scope by its name, e.g. from a file. Names that are not known are refused by the key.
   */
  public static of(value: string): PortkeyScope {
    return new PortkeyScope(value, false);
  }

  /**
   * A scope that Portkey documents and this release does not know, or one that manages keys, people
   * or workspaces.
   */
  public static custom(value: string): PortkeyScope {
    return new PortkeyScope(value, true);
  }

  private constructor(value: string, custom: boolean) {
    super(portkeyDescriptor.id, value, custom);
  }
}
