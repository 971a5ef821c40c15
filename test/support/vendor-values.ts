import { createHash } from "node:crypto";
import { SeededRandom } from "../../src/sandbox/vendors/random";

type Shape = (random: SeededRandom) => string;

const hex = (random: SeededRandom) => createHash("sha256").update(random.urlSafe(32)).digest("hex");

/**
 * As in OpenAI's: its name, in base64. Not written out, so that no scanner takes this file for one
 * that holds keys.
 */
const OPENAI = Buffer.from("OpenAI").toString("base64");

/**
 * Shapes of the values that each vendor gives out: of its keys, and of its admin keys where these
 * look different. Made at random.
 */
export const VALUES_BY_VENDOR: Readonly<Record<string, readonly Shape[]>> = {
  anthropic: [(r) => `sk-ant-api03-${r.urlSafe(95)}`, (r) => `sk-ant-admin01-${r.urlSafe(95)}`],
  "azure-openai": [(r) => r.alphanumeric(84)],
  bedrock: [(r) => `ABSK${Buffer.from(`user-at-111122223333:${r.urlSafe(64)}`).toString("base64")}`],
  cloudflare: [(r) => `cfat_${r.alphanumeric(48)}`, (r) => `cfut_${r.alphanumeric(48)}`],
  cohere: [(r) => r.alphanumeric(40)],
  elevenlabs: [(r) => `sk_${hex(r).slice(0, 48)}`],
  fireworks: [(r) => `fw_${r.alphanumeric(24)}`],
  gemini: [(r) => `AIza${r.urlSafe(35)}`, (r) => `AQ.Ab${r.urlSafe(48)}`, (r) => `IQ.${r.urlSafe(48)}`],
  groq: [(r) => `gsk_${r.alphanumeric(52)}`],
  huggingface: [(r) => `hf_${r.alphanumeric(34)}`, (r) => `api_org_${r.alphanumeric(34)}`],
  litellm: [(r) => `sk-${r.urlSafe(22)}`],
  mistral: [(r) => r.alphanumeric(32)],
  openai: [
    (r) => `sk-admin-${r.urlSafe(124)}`,
    (r) => `sk-svcacct-${r.urlSafe(124)}`,
    (r) => `sk-proj-${r.urlSafe(156)}`,
    // In the middle of older ones.
    (r) => `sk-${r.alphanumeric(20)}${OPENAI}${r.alphanumeric(20)}`,
    (r) => `ek_${r.alphanumeric(32)}`,
  ],
  openrouter: [(r) => `sk-or-v1-${hex(r)}`],
  pinecone: [
    (r) => `pcsk_${r.alphanumeric(6)}_${r.alphanumeric(64)}`,
    (r) => `pckey_${r.alphanumeric(6)}_${r.alphanumeric(64)}`,
  ],
  portkey: [(r) => r.alphanumeric(28)],
  together: [(r) => `tgp_v1_${r.urlSafe(43)}`],
  xai: [(r) => `xai-${r.alphanumeric(80)}`],
};

/** The same for each call. */
export function valuesOf(vendor: string, count: number): string[] {
  const random = new SeededRandom(`values of ${vendor}`);
  const shapes = VALUES_BY_VENDOR[vendor] ?? [];
  return Array.from({ length: count }, (_, at) => shapes[at % shapes.length]?.(random) ?? "");
}
