// ElevenLabs' own client takes a second to load, so it runs in a process of its own: URL, admin key
// and account in, what it understood out.
import { ElevenLabsClient } from "@elevenlabs/elevenlabs-js";

const [baseUrl, apiKey, account] = process.argv.slice(2);
const clientOf = (key) => new ElevenLabsClient({ baseUrl, apiKey: key, maxRetries: 0 });
const { apiKeys } = clientOf(apiKey).serviceAccounts;
const statusOf = (promise) =>
  promise.then(
    () => 200,
    (error) => error.statusCode,
  );
const shown = async () => {
  const [key] = (await apiKeys.list(account)).apiKeys;
  const { name, serviceAccountUserId, createdAtUnix, isDisabled, permissions, characterLimit, allowedIps } = key;
  return { name, serviceAccountUserId, createdAtUnix, isDisabled, permissions, characterLimit, allowedIps };
};

const created = await apiKeys.create(account, {
  name: "by the client",
  permissions: ["models_read", "text_to_speech"],
  characterLimit: 5,
  allowedIps: ["203.0.113.7", "2001:db8::/32"],
});
const listed = await shown();
const own = clientOf(created.xiApiKey);
const models = (await own.models.list()).length;
const speak = (text) => statusOf(own.textToSpeech.convertWithTimestamps("21m00Tcm4TlvDq8ikWAM", { text }));
const spoken = [await speak("Hello"), await speak("again")];
const outside = await statusOf(own.voices.getAll());
await apiKeys.update(account, created.keyId, {
  isEnabled: "no_update",
  permissions: ["voices_read"],
  characterLimit: "clear",
  allowedIps: "clear",
});
const updated = await shown();
const voices = (await own.voices.getAll()).voices.length;
const malformed = await statusOf(apiKeys.update(account, created.keyId, { allowedIps: ["203.0.113.7/24"] }));
const refused = await statusOf(own.serviceAccounts.apiKeys.list(account));
await apiKeys.delete(account, created.keyId);
const left = (await apiKeys.list(account)).apiKeys.length;
const dead = await statusOf(own.voices.getAll());
console.log(JSON.stringify({ listed, models, spoken, outside, updated, voices, malformed, refused, left, dead }));
