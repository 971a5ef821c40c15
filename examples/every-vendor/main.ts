import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import {
  AdminKey,
  AnthropicIssuer,
  AzureOpenAiIssuer,
  BedrockIssuer,
  CloudflareIssuer,
  CloudflareScope,
  CohereIssuer,
  Duration,
  ElevenLabsIssuer,
  ElevenLabsScope,
  FireworksIssuer,
  GeminiIssuer,
  GroqIssuer,
  HuggingFaceIssuer,
  Lifetime,
  LiteLlmEndpoint,
  LiteLlmIssuer,
  MistralIssuer,
  OpenAiIssuer,
  OpenAiScope,
  OpenRouterIssuer,
  PineconeIssuer,
  PineconeScope,
  PortkeyIssuer,
  PortkeyScope,
  ScopedKey,
  type ScopedKeyProps,
  Spend,
  TogetherIssuer,
  XAiEndpoint,
  XAiIssuer,
  XAiModel,
} from "cdktf-scoped-keys";
import type { Construct } from "constructs";

/** By the issuer itself, every week. */
const WEEKLY = Lifetime.rotating({ every: Duration.days(7), overlap: Duration.hours(24), expiry: Duration.days(10) });
/** By a person who is reminded, every quarter. */
const QUARTERLY = Lifetime.rotating({
  every: Duration.days(80),
  overlap: Duration.hours(24),
  expiry: Duration.days(90),
});

/**
 * One key at each vendor: each is limited by what its vendor enforces per key, and by nothing that
 * is not enforced.
 */
class EveryVendor extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new AwsProvider(this, "aws", { region: "us-east-1" });

    // Keys that the issuers mint.
    this.key("openai-reader", {
      issuer: new OpenAiIssuer(this, "openai", {
        ...this.admin("openai"),
        projectId: setting("OPENAI_PROJECT_ID"),
      }),
      scopes: [OpenAiScope.MODELS_READ, OpenAiScope.MODEL_REQUEST],
    });
    this.key("openrouter-translator", {
      issuer: new OpenRouterIssuer(this, "openrouter", this.admin("openrouter")),
      models: ["openai/gpt-5.2"],
      limits: { spend: Spend.perMonth(25) },
    });
    this.key("litellm-chat", {
      issuer: new LiteLlmIssuer(this, "litellm", {
        ...this.admin("litellm"),
        baseUrl: setting("LITELLM_BASE_URL"),
      }),
      models: ["gpt-5.2"],
      endpoints: [LiteLlmEndpoint.CHAT_COMPLETIONS, LiteLlmEndpoint.MODELS],
      limits: { requestsPerMinute: 60, tokensPerMinute: 100_000, spend: Spend.perDay(5) },
    });
    this.key("xai-chat", {
      issuer: new XAiIssuer(this, "xai", { ...this.admin("xai"), teamId: setting("XAI_TEAM_ID") }),
      models: [XAiModel.GROK_4_3],
      endpoints: [XAiEndpoint.CHAT, XAiEndpoint.MODELS],
      limits: { requestsPerMinute: 60, tokensPerMinute: 100_000 },
    });
    this.key("gemini-app", {
      issuer: new GeminiIssuer(this, "gemini", { ...this.admin("gemini"), projectId: setting("GEMINI_PROJECT_ID") }),
    });
    this.key("azure-app", {
      issuer: new AzureOpenAiIssuer(this, "azure", {
        ...this.admin("azure-openai"),
        tenantId: setting("AZURE_OPENAI_TENANT_ID"),
        subscriptionId: setting("AZURE_OPENAI_SUBSCRIPTION_ID"),
        resourceGroup: setting("AZURE_OPENAI_RESOURCE_GROUP"),
        accountName: setting("AZURE_OPENAI_ACCOUNT_NAME"),
      }),
    });
    this.key("bedrock-partner", {
      issuer: new BedrockIssuer(this, "bedrock", { regions: ["us-east-1"], sweepEvery: Duration.hours(6) }),
      models: ["amazon.nova-lite-v1:0"],
    });
    this.key("mistral-app", {
      issuer: new MistralIssuer(this, "mistral", {
        ...this.admin("mistral"),
        workspaceId: setting("MISTRAL_WORKSPACE_ID"),
        userId: setting("MISTRAL_USER_ID"),
      }),
    });
    this.key("portkey-gateway", {
      issuer: new PortkeyIssuer(this, "portkey", {
        ...this.admin("portkey"),
        workspaceId: setting("PORTKEY_WORKSPACE_ID"),
      }),
      scopes: [PortkeyScope.COMPLETIONS_WRITE, PortkeyScope.CONFIGS_LIST],
      limits: { requestsPerMinute: 60, spend: Spend.perMonth(50) },
    });
    this.key("elevenlabs-voice", {
      issuer: new ElevenLabsIssuer(this, "elevenlabs", {
        ...this.admin("elevenlabs"),
        serviceAccountUserId: setting("ELEVENLABS_SERVICE_ACCOUNT_USER_ID"),
      }),
      scopes: [ElevenLabsScope.TEXT_TO_SPEECH, ElevenLabsScope.VOICES_READ],
      limits: { charactersPerMonth: 500_000 },
    });
    this.key("cloudflare-worker", {
      issuer: new CloudflareIssuer(this, "cloudflare", {
        ...this.admin("cloudflare"),
        accountId: setting("CLOUDFLARE_ACCOUNT_ID"),
      }),
      scopes: [CloudflareScope.WORKERS_AI_READ],
    });
    this.key("fireworks-app", {
      issuer: new FireworksIssuer(this, "fireworks", {
        ...this.admin("fireworks"),
        accountId: setting("FIREWORKS_ACCOUNT_ID"),
        userId: setting("FIREWORKS_USER_ID"),
      }),
    });
    this.key("pinecone-search", {
      issuer: new PineconeIssuer(this, "pinecone", {
        ...this.admin("pinecone"),
        projectId: setting("PINECONE_PROJECT_ID"),
      }),
      scopes: [PineconeScope.DATA_PLANE_VIEWER],
    });

    // Keys that a person mints and hands over: scoped-keys adopt
    // every-vendor/anthropic/anthropic-app
    this.key("anthropic-app", {
      issuer: new AnthropicIssuer(this, "anthropic", {
        ...this.admin("anthropic"),
        workspaceId: setting("ANTHROPIC_WORKSPACE_ID"),
      }),
      lifetime: QUARTERLY,
    });
    const manual = { sweepEvery: Duration.hours(6) };
    this.key("huggingface-app", { issuer: new HuggingFaceIssuer(this, "huggingface", manual), lifetime: QUARTERLY });
    this.key("groq-app", { issuer: new GroqIssuer(this, "groq", manual), lifetime: QUARTERLY });
    this.key("together-app", { issuer: new TogetherIssuer(this, "together", manual), lifetime: QUARTERLY });
    this.key("cohere-app", { issuer: new CohereIssuer(this, "cohere", manual), lifetime: QUARTERLY });
  }

  private key(id: string, props: Pick<ScopedKeyProps, "issuer"> & Partial<ScopedKeyProps>): void {
    new ScopedKey(this, id, {
      owner: "platform-team@example.com",
      purpose: "Shows what is enforced at each vendor",
      lifetime: WEEKLY,
      ...props,
    });
  }

  /**
   * The secret with the vendor's admin key, made by hand; sweeps of vendors that replace values in
   * place come every hour.
   */
  private admin(vendor: string) {
    const inPlace = vendor === "xai" || vendor === "portkey";
    return {
      adminKey: AdminKey.fromSecretName(`ai/admin/${vendor}`),
      ...(inPlace ? {} : { sweepEvery: Duration.hours(6) }),
    };
  }
}

/**
 * Ids of accounts and projects are no secrets; here they come from the environment, as the sandbox
 * sets them.
 */
function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`Set ${name}, or run this in the sandbox: npx cdktf-scoped-keys sandbox -- npx cdktf deploy`);
  return value;
}

const app = new App();
new EveryVendor(app, "every-vendor");
app.synth();
