import { type OpenAI, toFile } from "openai";
import { type OpenAiServer, startOpenAiServer } from "../../../support/openai-server";

describe("the data API, as OpenAI's own client sees it", () => {
  let server: OpenAiServer;

  beforeEach(async () => {
    server = await startOpenAiServer();
  });
  afterEach(() => server.close());

  const clientWith = async (...scopes: string[]) => {
    const { projects } = server.client().admin.organization;
    const project_id = server.simulator.projectId;
    const { id } = await projects.serviceAccounts.create(project_id, {
      name: "app",
      create_service_account_only: true,
    });
    await projects.serviceAccounts.update(id, { project_id, role: "member" });
    const { value } = await projects.serviceAccounts.apiKeys.create(id, { project_id, scopes });
    return server.client(value);
  };
  const chat: OpenAI.ChatCompletionCreateParamsNonStreaming = {
    model: "gpt-5-mini",
    messages: [{ role: "user", content: "Hello" }],
  };

  test("models are listed and read", async () => {
    // GIVEN
    const client = await clientWith("api.model.read");

    // THEN
    const { data } = await client.models.list();
    expect(data[0]).toEqual({ id: "gpt-5", object: "model", created: expect.any(Number), owned_by: "openai" });
    expect((await client.models.retrieve("gpt-5")).id).toBe("gpt-5");
    await expect(client.models.retrieve("gpt-0")).rejects.toMatchObject({ status: 404, code: "model_not_found" });
  });

  test("a chat completion answers the same to the same question", async () => {
    // GIVEN
    const client = await clientWith("api.model.request");

    // WHEN
    const [first, second] = [await client.chat.completions.create(chat), await client.chat.completions.create(chat)];

    // THEN
    expect(first).toMatchObject({
      object: "chat.completion",
      model: "gpt-5-mini",
      choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", refusal: null } }],
      usage: { total_tokens: expect.any(Number) },
    });
    expect(second.choices[0]?.message.content).toBe(first.choices[0]?.message.content);
    await expect(client.chat.completions.create({ ...chat, model: "gpt-0" })).rejects.toMatchObject({ status: 404 });
    await expect(client.chat.completions.create({ ...chat, messages: [] })).rejects.toMatchObject({ status: 400 });
  });

  test("a response needs the scope to write responses and the one to use models", async () => {
    // GIVEN
    const request = { model: "gpt-5", input: "Hello" };
    const both = await clientWith("api.responses.write", "api.model.request");
    const reader = await clientWith("api.responses.read");

    // WHEN
    const response = await both.responses.create(request);

    // THEN
    expect(response.output_text).toMatch(/^Simulated answer of gpt-5 /);
    expect((await reader.responses.retrieve(response.id)).id).toBe(response.id);
    await expect(both.responses.retrieve(response.id)).rejects.toThrow("Missing scopes: api.responses.read");
    await expect((await clientWith("api.responses.write")).responses.create(request)).rejects.toThrow(
      "Missing scopes: model.request",
    );
    await expect((await clientWith("api.model.request")).responses.create(request)).rejects.toThrow(
      "Missing scopes: api.responses.write",
    );
    const unstored = await both.responses.create({ ...request, store: false });
    await expect(reader.responses.retrieve(unstored.id)).rejects.toMatchObject({ status: 404 });
  });

  test("embeddings come as the client asks for them", async () => {
    // GIVEN
    const client = await clientWith("api.model.request");
    const request = { model: "text-embedding-3-small", input: ["one", "two"] };

    // WHEN
    const packed = await client.embeddings.create(request);
    const plain = await client.embeddings.create({ ...request, encoding_format: "float" });
    const short = await client.embeddings.create({ ...request, dimensions: 8 });

    // THEN
    expect(packed.data.map((each) => each.embedding.length)).toEqual([1_536, 1_536]);
    expect(plain.data[0]?.embedding[0]).toBeCloseTo(packed.data[0]?.embedding[0] ?? Number.NaN);
    expect(short.data[1]?.embedding).toHaveLength(8);
    expect(Math.hypot(...(short.data[1]?.embedding ?? []))).toBeCloseTo(1);
  });

  test("files are uploaded with one scope and listed with another", async () => {
    // GIVEN
    const writer = await clientWith("api.files.write");
    const reader = await clientWith("api.files.read");

    // WHEN
    const upload = async (name: string) =>
      writer.files.create({ file: await toFile(Buffer.from('{"a":1}\n'), name), purpose: "batch" });
    const file = await upload("rows.jsonl");
    await upload("more.jsonl");

    // THEN
    expect(file).toMatchObject({ object: "file", filename: "rows.jsonl", purpose: "batch", bytes: 8 });
    const names: string[] = [];
    for await (const each of reader.files.list({ limit: 1 })) names.push(each.filename);
    expect(names).toEqual(["more.jsonl", "rows.jsonl"]);
    await expect(upload("again.jsonl")).resolves.toMatchObject({ filename: "again.jsonl" });
    await expect(writer.files.list()).rejects.toThrow("Missing scopes: api.files.read");
  });

  test("fine-tuning jobs and assistants can be listed", async () => {
    // GIVEN
    const client = await clientWith("api.fine_tuning.jobs.read", "api.assistants.read");

    // THEN
    expect((await client.fineTuning.jobs.list()).data).toEqual([]);
    expect((await client.beta.assistants.list()).data).toEqual([]);
    await expect((await clientWith("api.model.read")).fineTuning.jobs.list()).rejects.toThrow("Missing scopes");
  });

  test("a missing scope is told in OpenAI's words, and differs from a dead key", async () => {
    // GIVEN
    const client = await clientWith("api.model.read");

    // THEN
    await expect(client.files.list()).rejects.toMatchObject({
      status: 401,
      type: "invalid_request_error",
      code: null,
      message: expect.stringContaining(
        "You have insufficient permissions for this operation. Missing scopes: api.files.read. Check that you have",
      ),
    });
    const dead = "sk-svcacct-0123456789abcdefghijklmnopqrstuvwxyz";
    await expect(server.client(dead).files.list()).rejects.toMatchObject({
      status: 401,
      code: "invalid_api_key",
      message: expect.stringMatching(/^401 Incorrect API key provided: sk-svcac\*+wxyz\. You can find/),
    });
  });

  test("api.all.read opens every reading and no writing; no scopes at all open everything", async () => {
    // GIVEN
    const reader = await clientWith("api.all.read");
    const all = await clientWith();

    // THEN
    expect((await reader.files.list()).data).toEqual([]);
    expect((await reader.models.list()).data.length).toBeGreaterThan(0);
    await expect(reader.chat.completions.create(chat)).rejects.toThrow("Missing scopes: model.request");
    expect((await all.chat.completions.create(chat)).model).toBe(chat.model);
  });

  test("an admin key opens no data", async () => {
    await expect(server.client(server.simulator.adminKey).models.list()).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining("Missing scopes: api.model.read"),
    });
  });

  test("the last use of a key is kept", async () => {
    // GIVEN
    const client = await clientWith("api.model.read");
    server.clock.advance(90);

    // WHEN
    await client.models.list();

    // THEN
    const { projects } = server.client().admin.organization;
    const [key] = (await projects.apiKeys.list(server.simulator.projectId)).data;
    expect(key?.last_used_at).toBe(Math.floor(server.clock.now() / 1_000));
  });
});
