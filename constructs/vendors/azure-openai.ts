import { defined } from "../../src/model/defined";
import { azureOpenAiDescriptor } from "../../src/vendors/azure-openai/descriptor";
import * as checks from "../checks";
import { ImportedIssuer, type IssuerAttributes } from "../issuer/imported-issuer";
import type { IKeyIssuer } from "../issuer/issuer";
import { KeyIssuer, type KeyIssuerProps } from "../issuer/key-issuer";
import { type Construct, isToken } from "../terraform";

/** What an issuer of keys of Azure OpenAI is made of. */
export interface AzureOpenAiIssuerProps extends KeyIssuerProps {
  /**
   * Directory (tenant) of Entra ID that the admin key's application is registered in, a UUID; may
   * be a token.
   */
  readonly tenantId: string;
  /** Subscription of the account, a UUID; may be a token. */
  readonly subscriptionId: string;
  /** Resource group of the account; may be a token. */
  readonly resourceGroup: string;
  /** Name of the account (Azure OpenAI or AI Foundry resource); may be a token. */
  readonly accountName: string;
  /**
   * Endpoint of the account, `https://NAME.openai.azure.com`, or the same under
   * `cognitiveservices.azure.com` or `services.ai.azure.com`; may be a token.
   * @default - `https://<accountName>.openai.azure.com`
   */
  readonly endpoint?: string;
}

const UUID = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;
const UUID_RULE = "a UUID";
const RESOURCE_GROUP = /^[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]$/;
const ACCOUNT_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{1,63}$/;
const ENDPOINT =
  /^https:\/\/[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?\.(?:openai|cognitiveservices|services\.ai)\.azure\.com$/;
const OVERVIEW = "the account's page in the Azure portal (Overview)";

/**
 * Issuer of the one key of an Azure OpenAI account. The account has two keys, for ever: they are
 * used in turn, and each rotation regenerates the idle one. Azure enforces nothing per key; models,
 * tokens and requests a minute belong to the account's deployments, source addresses to the
 * account. Keys that should be told apart need accounts of their own.
 *
 * The admin key's secret is a JSON object, `{ "clientId": "…", "clientSecret": "…" }`, of an
 * application of Entra ID that may list and regenerate the account's keys (role Cognitive Services
 * Contributor on the account).
 *
 * Renders what `KeyIssuer` says.
 *
 * @example
 * new AzureOpenAiIssuer(stack, "azure", {
 *   adminKey: AdminKey.fromSecretName("ai/admin/azure"),
 *   tenantId: "11111111-2222-3333-4444-555555555555",
 *   subscriptionId: "11111111-2222-3333-4444-555555555555",
 *   resourceGroup: "ai",
 *   accountName: "ai-prod",
 * });
 */
export class AzureOpenAiIssuer extends KeyIssuer {
  /**
   * An issuer that another app deployed, for keys of this one. Renders nothing until a key names
   * it; docs/keys-of-another-app.md. Throws SK267, SK245 and SK260, and SK132 for a malformed
   * prefix.
   */
  public static fromAttributes(scope: Construct, id: string, attributes: IssuerAttributes): IKeyIssuer {
    return new ImportedIssuer(scope, id, azureOpenAiDescriptor, attributes);
  }

  public constructor(scope: Construct, id: string, props: AzureOpenAiIssuerProps) {
    super(scope, id, azureOpenAiDescriptor, settings(props), props);
    const { tenantId, subscriptionId, resourceGroup, accountName, endpoint } = props;
    checks.setting(this, "tenantId", tenantId, UUID, UUID_RULE, "Microsoft Entra ID, Overview");
    checks.setting(this, "subscriptionId", subscriptionId, UUID, UUID_RULE, OVERVIEW);
    const groupRule = '1 to 90 letters, digits, "_", "-", "(", ")" or ".", the last of which is no "."';
    checks.setting(this, "resourceGroup", resourceGroup, RESOURCE_GROUP, groupRule, OVERVIEW);
    const nameRule = '2 to 64 letters, digits, "_", "-" or ".", the first of which is a letter or a digit';
    checks.setting(this, "accountName", accountName, ACCOUNT_NAME, nameRule, OVERVIEW);
    const host = isToken(accountName) ? undefined : `https://${accountName.toLowerCase()}.openai.azure.com`;
    const own = endpoint ?? host;
    if (own === undefined) return;
    const endpointRule =
      '"https://NAME.openai.azure.com", or NAME under cognitiveservices.azure.com or services.ai.azure.com';
    checks.setting(
      this,
      "endpoint",
      own,
      ENDPOINT,
      endpointRule,
      "the account's page in the Azure portal (Keys and Endpoint)",
    );
  }
}

/** As the adapter reads them. */
function settings(props: AzureOpenAiIssuerProps): { [name: string]: string } {
  const { tenantId, subscriptionId, resourceGroup, accountName, endpoint } = props;
  return { tenantId, subscriptionId, resourceGroup, accountName, ...defined({ endpoint }) };
}
