import { PassThrough } from "node:stream";
import { readValue, type ValueSource } from "../../../src/cli/operator-commands/read-value";
import { runAdopt } from "../../../src/cli/operator-commands/run-adopt";
import { notAdoptable } from "../../../src/model/errors";
import { line } from "../../../src/output/terminal";
import { type LambdaAnswer, LambdaService } from "../support/lambda-service";

import { expectShown } from "../support/shown";

const VALUE = "sk-ant-api03-CANARYcanary0123456789";

/** What a terminal or a pipe gives, in pieces; `raw` tells what was asked of the terminal. */
function source(pieces: readonly string[], isTTY = false) {
  const input = new PassThrough();
  for (const piece of pieces) input.write(piece);
  input.end();
  const raw: boolean[] = [];
  const asked: string[] = [];
  const setRawMode = (on: boolean) => raw.push(on);
  const given: ValueSource = {
    input: Object.assign(input, isTTY ? { isTTY, setRawMode } : {}),
    ask: (text) => void asked.push(text),
  };
  return { given, raw, asked };
}

describe("the value of a key", () => {
  test.each<[string, string[]]>([
    ["whole", [VALUE]],
    ["with a line's end", [`${VALUE}\n`]],
    ["in pieces, with blanks around it", [" ", VALUE.slice(0, 9), VALUE.slice(9), "\r\n"]],
  ])("comes through a pipe %s, and nothing is asked", async (_, pieces) => {
    const { given, asked } = source(pieces);
    expect(await readValue(given, line("value: "))).toBe(VALUE);
    expect(asked).toEqual([]);
  });

  test.each<[string, string[]]>([
    ["typed and ended with Enter", [...VALUE, "\r"]],
    ["pasted", [`${VALUE}\r`]],
    ["typed with a correction", [`${VALUE}x`, "\u007f", "\n"]],
  ])("is %s at a terminal, which does not show it", async (_, pieces) => {
    const { given, raw, asked } = source(pieces, true);
    expect(await readValue(given, line("value: "))).toBe(VALUE);
    expect(raw).toEqual([true, false]);
    expect(asked).toEqual(["value: ", "\n"]);
  });

  test.each<[string, string[], boolean]>([
    ["nothing", [], false],
    ["an empty line", ["\n"], false],
    ["two lines", [`${VALUE}\n${VALUE}\n`], false],
    ["a whole file", ["x".repeat(100_000)], false],
    ["other characters", ["ключ"], false],
    ["an interrupt", [VALUE.slice(0, 5), "\u0003"], true],
  ])("is refused where it is %s, without being quoted", async (_, pieces, isTTY) => {
    const { given } = source(pieces, isTTY);
    const error = await readValue(given, line("value: ")).catch((reason: Error) => reason);
    expect(String(error)).toContain("[SK308]");
    expect(String(error)).not.toContain(VALUE.slice(0, 5));
  });
});

describe("scoped-keys adopt", () => {
  let service: LambdaService;
  let answer: LambdaAnswer;
  const saved = { ...process.env };
  const result = {
    key: "summariser",
    keyId: "apikey_2",
    expiresAt: "2027-02-20T09:00:00.000Z",
    superseded: { keyId: "apikey_1", until: "2026-11-26T09:00:00.000Z" },
  };

  beforeEach(async () => {
    service = await LambdaService.start(() => answer);
    process.env["AWS_ENDPOINT_URL"] = service.url;
    process.env["AWS_ACCESS_KEY_ID"] = "a";
    process.env["AWS_SECRET_ACCESS_KEY"] = "b";
    process.env["AWS_REGION"] = "us-east-1";
  });
  afterEach(async () => {
    process.env = { ...saved };
    await service.stop();
  });
  const run = () => runAdopt("ai-keys/anthropic/summariser", {}, source([`${VALUE}\n`]).given);

  test("hands the value to the issuer's controller, once, and says what is in use", async () => {
    // GIVEN
    answer = { body: result };
    // WHEN
    const text = await run();
    // THEN
    expect(service.calls).toEqual([
      {
        functionName: "ai-keys-anthropic-controller:operator",
        event: { action: "adopt", key: "summariser", value: VALUE },
      },
    ]);
    expectShown("docs/cli/adopt.md", "pbpaste | scoped-keys adopt ai-keys/anthropic/summariser", text);
  });

  test("shows what was refused as its page does", async () => {
    // GIVEN
    const { code, message } = notAdoptable(
      "summariser",
      "vendor key apikey_2 never expires",
      "an expiry 90 days from now at the latest",
    );
    answer = { functionError: "Unhandled", body: { errorType: code, errorMessage: message } };
    // WHEN
    const error: Error = await run().catch((reason) => reason);
    // THEN
    const command = "pbpaste | scoped-keys adopt ai-keys/anthropic/summariser   # one that never expires";
    expectShown("docs/cli/adopt.md", command, `scoped-keys: ${error.message}`);
  });

  test("shows why it was refused, and never the value", async () => {
    answer = {
      functionError: "Unhandled",
      body: {
        errorType: "SK230",
        errorMessage: `[SK230] key "summariser": ${VALUE} ${encodeURIComponent(VALUE)} does not work`,
      },
    };
    const error = await run().catch((reason: Error) => reason);
    expect(String(error)).toContain("[SK230]");
    expect(String(error)).not.toContain(VALUE);
  });

  test("reads no value for a name that is no key", async () => {
    const { given } = source([VALUE]);
    await expect(runAdopt("summariser", {}, given)).rejects.toThrow("[SK301]");
    expect(service.calls).toEqual([]);
  });
});
