// Mistral's own client is an ES module, so it runs in a process of its own: URL and two keys in,
// what it understood out. It has the data API alone.
import { Mistral } from "@mistralai/mistralai";

const [serverURL, key, deletedKey] = process.argv.slice(2);
const client = (apiKey) => new Mistral({ serverURL, apiKey, retryConfig: { strategy: "none" } });
const refused = (call) =>
  call.then(
    () => "let through",
    (error) => error.statusCode,
  );

const models = await client(key).models.list();
const answer = await client(key).chat.complete({
  model: models.data[0].id,
  messages: [{ role: "user", content: "Hello" }],
});
console.log(
  JSON.stringify({
    models: models.data.map(({ id, type }) => ({ id, type })),
    said: answer.choices[0].message.content,
    deleted: await refused(client(deletedKey).models.list()),
  }),
);
