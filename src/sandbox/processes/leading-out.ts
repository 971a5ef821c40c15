/**
 * Variables by which a command could leave the sandbox, or take something real into it:
 * credentials, profiles and endpoints of AWS, keys and addresses of the vendors as their own
 * clients read them, of Terraform's backends, and of another sandbox. docs/sandbox.md lists them.
 */
export const PREFIXES_LEADING_OUT: readonly string[] = [
  // AWS: profiles, endpoints, roles, session tokens, certificates, containers' and web identities'
  // credentials; Bedrock's bearer token.
  "AWS_",
  "BEDROCK_",
  // Azure OpenAI, and Terraform's azurerm backend and provider.
  "AZURE_",
  "ARM_",
  // Gemini, and Google's application credentials.
  "GEMINI_",
  "GOOGLE_",
  "CLOUDSDK_",
  "ANTHROPIC_",
  "CLAUDE_",
  "CLOUDFLARE_",
  "CO_API_",
  "COHERE_",
  "ELEVENLABS_",
  "ELEVEN_",
  "FIREWORKS_",
  "GROQ_",
  "HF_",
  "HUGGINGFACE_",
  "HUGGINGFACEHUB_",
  "HUGGING_FACE_",
  "LITELLM_",
  "MISTRAL_",
  "OPENAI_",
  "OPENROUTER_",
  "PINECONE_",
  "PORTKEY_",
  "TOGETHER_",
  "XAI_",
  // HCP Terraform and the http backend.
  "TF_TOKEN_",
  "TF_CLOUD_",
  "TF_HTTP_",
  "TFE_",
  // Another sandbox's.
  "SANDBOX_",
];

/** Those that no prefix covers. */
export const NAMES_LEADING_OUT: readonly string[] = [
  "CF_API_KEY",
  "CF_API_TOKEN",
  "GCP_CREDENTIALS",
  "TF_DATA_DIR",
  "XI_API_KEY",
];

/** Spelled out where somebody reads what is taken away; the prefixes cover them. */
export const COMMON_NAMES: readonly string[] = [
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_SESSION_TOKEN",
  "AWS_SECURITY_TOKEN",
  "AWS_CA_BUNDLE",
  "AWS_ROLE_ARN",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "AWS_BEARER_TOKEN_BEDROCK",
  "ANTHROPIC_API_KEY",
  "AZURE_OPENAI_API_KEY",
  "CLOUDFLARE_API_TOKEN",
  "CO_API_KEY",
  "COHERE_API_KEY",
  "ELEVENLABS_API_KEY",
  "FIREWORKS_API_KEY",
  "GEMINI_API_KEY",
  "GOOGLE_API_KEY",
  "GOOGLE_APPLICATION_CREDENTIALS",
  "GROQ_API_KEY",
  "HF_TOKEN",
  "HUGGING_FACE_HUB_TOKEN",
  "LITELLM_API_KEY",
  "MISTRAL_API_KEY",
  "OPENAI_API_KEY",
  "OPENAI_ADMIN_KEY",
  "OPENROUTER_API_KEY",
  "PINECONE_API_KEY",
  "PORTKEY_API_KEY",
  "TOGETHER_API_KEY",
  "XAI_API_KEY",
];

export const LOOPBACK_NAMES = ["127.0.0.1", "localhost"] as const;

export function leadsOut(name: string): boolean {
  return NAMES_LEADING_OUT.includes(name) || PREFIXES_LEADING_OUT.some((prefix) => name.startsWith(prefix));
}
