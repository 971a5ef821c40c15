import { createAnthropicSimulator } from "../../../../src/vendors/anthropic/simulator/simulator";
import { createAzureOpenAiSimulator } from "../../../../src/vendors/azure-openai/simulator/simulator";
import { createBedrockSimulator } from "../../../../src/vendors/bedrock/simulator/simulator";
import { createCloudflareSimulator } from "../../../../src/vendors/cloudflare/simulator/simulator";
import { createCohereSimulator } from "../../../../src/vendors/cohere/simulator/simulator";
import { createElevenLabsSimulator } from "../../../../src/vendors/elevenlabs/simulator/simulator";
import { createFireworksSimulator } from "../../../../src/vendors/fireworks/simulator/simulator";
import { createGeminiSimulator } from "../../../../src/vendors/gemini/simulator/simulator";
import { createGroqSimulator } from "../../../../src/vendors/groq/simulator/simulator";
import { createHuggingFaceSimulator } from "../../../../src/vendors/huggingface/simulator/simulator";
import { createLiteLlmSimulator } from "../../../../src/vendors/litellm/simulator/simulator";
import { createMistralSimulator } from "../../../../src/vendors/mistral/simulator/simulator";
import { createOpenAiSimulator } from "../../../../src/vendors/openai/simulator/simulator";
import { createOpenRouterSimulator } from "../../../../src/vendors/openrouter/simulator/simulator";
import { createPineconeSimulator } from "../../../../src/vendors/pinecone/simulator/simulator";
import { createPortkeySimulator } from "../../../../src/vendors/portkey/simulator/simulator";
import { createTogetherSimulator } from "../../../../src/vendors/together/simulator/simulator";
import { createXAiSimulator } from "../../../../src/vendors/xai/simulator/simulator";
import { VendorEndpoint } from "../../support/vendor-endpoint";

export const NOW = Date.UTC(2026, 10, 24, 10);

/** Where a client finds its vendor, and a key that opens what it asks for. */
export interface Address {
  readonly url: string;
  readonly key: string;
}

/** Every vendor's simulator over HTTP, each with a key. */
export class ClientWorld {
  readonly #endpoints: VendorEndpoint[] = [];
  readonly addresses: Record<string, Address & { readonly v1?: string; readonly admin?: string }> = {};

  static async start(): Promise<ClientWorld> {
    const world = new ClientWorld();
    await world.#start();
    return world;
  }

  async close(): Promise<void> {
    await Promise.all(this.#endpoints.map((endpoint) => endpoint.close()));
  }

  async #start(): Promise<void> {
    const options = { clock: { now: () => NOW }, seed: "clients" };
    const at = async (simulator: Parameters<typeof VendorEndpoint.start>[0]) => {
      const endpoint = await VendorEndpoint.start(simulator, NOW);
      this.#endpoints.push(endpoint);
      return endpoint;
    };
    const { addresses } = this;

    const openai = createOpenAiSimulator(options);
    addresses["openai"] = { url: (await at(openai)).url, key: openai.addUserKey("app").value };

    const anthropic = createAnthropicSimulator(options);
    const { origin } = await at(anthropic);
    addresses["anthropic"] = { url: `${origin}/v1`, key: anthropic.addConsoleKey({ name: "app" }).value };

    const gemini = createGeminiSimulator(options);
    const google = await at(gemini);
    const bound = {
      id: "app",
      displayName: "app",
      annotations: undefined,
      restrictions: { apiTargets: [{ service: "generativelanguage.googleapis.com" }] },
      serviceAccountEmail: "app@example.com",
    };
    const key = gemini.state.addKey(bound).value;
    addresses["google"] = { url: google.url, v1: `${google.origin}/v1`, key, admin: google.origin };

    for (const [name, simulator, path] of [
      ["groq", createGroqSimulator(options), "/openai/v1"],
      ["cohere", createCohereSimulator(options), "/v2"],
      ["together", createTogetherSimulator(options), "/v1"],
      ["huggingface", createHuggingFaceSimulator(options), "/v1"],
    ] as const) {
      addresses[name] = { url: (await at(simulator)).origin + path, key: simulator.make().value };
    }

    const mistral = createMistralSimulator(options);
    const { workspaceId, userId } = mistral.state;
    const mistralKey = mistral.state.addKey({ name: "app", workspaceId, userId, expiration: null });
    addresses["mistral"] = { url: (await at(mistral)).url, key: mistralKey.value };

    const xai = createXAiSimulator(options);
    const acls = ["api-key:model:*", "api-key:endpoint:*"];
    const made = xai.state.addKey({ name: "app", qps: null, qpm: null, tpm: null, acls, expiresAt: null });
    addresses["xai"] = { url: (await at(xai)).url, key: made.secrets[0]?.value ?? "" };

    const fireworks = createFireworksSimulator(options);
    const fireworksKey = fireworks.state.addKey(fireworks.state.serviceAccount, "app", null);
    addresses["fireworks"] = { url: (await at(fireworks)).url, key: fireworksKey.value };

    const openrouter = createOpenRouterSimulator(options);
    const { defaultWorkspaceId } = openrouter.state;
    const fields = { name: "app", limit: null, limitReset: null, expiresAt: null, workspaceId: defaultWorkspaceId };
    addresses["openrouter"] = { url: (await at(openrouter)).url, key: openrouter.state.addKey(fields).value };

    const azure = createAzureOpenAiSimulator(options);
    addresses["azure"] = { url: `${(await at(azure)).origin}/openai/v1`, key: azure.state.keys.Key1 };

    const litellm = createLiteLlmSimulator(options);
    addresses["litellm"] = { url: `${(await at(litellm)).origin}/v1`, key: litellm.state.masterKey };

    const portkey = createPortkeySimulator(options);
    const portkeyKey = portkey.state.addKey({ type: "workspace-service", name: "app", scopes: ["completions.write"] });
    addresses["portkey"] = { url: (await at(portkey)).url, key: portkeyKey.value };

    const cloudflare = createCloudflareSimulator(options);
    const { accountId } = cloudflare.state;
    const resources = { [`com.cloudflare.api.account.${accountId}`]: "*" };
    const groups = [{ id: "a92d2450e05d4e7bb7d0a64968f83d11" }];
    const token = cloudflare.state.addToken({
      name: "app",
      policies: [{ effect: "allow", permission_groups: groups, resources }],
      condition: undefined,
      notBefore: undefined,
      disabled: false,
      expiresOn: undefined,
    });
    const cloudflareUrl = (await at(cloudflare)).url;
    addresses["cloudflare"] = { url: `${cloudflareUrl}/accounts/${accountId}/ai/v1`, key: token.value };

    const bedrock = createBedrockSimulator(options);
    const user = bedrock.state.addUser("app", "/", new Map());
    const Statement = [
      {
        Effect: "Allow",
        Action: ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream", "bedrock:CallWithBearerToken"],
        Resource: "*",
      },
    ];
    user.policies.set("app", JSON.stringify({ Version: "2012-10-17", Statement }));
    const credential = bedrock.state.addCredential(user, undefined);
    addresses["bedrock"] = { url: (await at(bedrock)).origin, key: credential.value };

    const elevenlabs = createElevenLabsSimulator(options);
    const permissions = ["user_read", "models_read", "voices_read", "text_to_speech"];
    const voice = elevenlabs.state.addKey("app", permissions, null, null);
    addresses["elevenlabs"] = { url: (await at(elevenlabs)).origin, key: voice.value };

    const pinecone = createPineconeSimulator(options);
    const pineconeKey = pinecone.state.addKey("app", ["ProjectEditor"]);
    addresses["pinecone"] = { url: (await at(pinecone)).origin, key: pineconeKey.value };
  }
}
