import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import * as v from "valibot";
import type { Sandbox } from "../../sandbox";
import type { Secrets } from "./aws";
import { excerpt, lastOf, type Rule } from "./excerpt";
import { expectLine, expectSame, Unexpected } from "./expectation";
import { lifeTable } from "./life-table";
import type { Narrator } from "./narrator";
import type { OpenAi, VendorKey } from "./openai";
import type { Programs } from "./programs";
import type { Workspace } from "./workspace";

export interface Stage {
  readonly narrator: Narrator;
  readonly sandbox: Sandbox;
  readonly workspace: Workspace;
  readonly secrets: Secrets;
  readonly openai: OpenAi;
  readonly programs: Programs;
}

const PREFIX = "ai-keys/openai";
const SUMMARISER = `${PREFIX}/summariser`;
const ARCHIVE_READER = `${PREFIX}/archive-reader`;
const INPUT_CHANGES: Rule = { from: /^\s*~ input\s/, to: /^\s*\)$/ };
const CHECK_WARNING: Rule = { from: /Keys under .* that are not as last applied/, to: /╵/ };
const TOTALS: Rule = /^\s*(?:Plan:|No changes\.|Apply complete!|Destroy complete!)/;
const UPDATED: Rule = /will be updated in-place$/;

/** Every step throws where it does not show what it is there to show. */
export async function tellStory(stage: Stage): Promise<void> {
  await deploy(stage);
  await lookAtTheSecret(stage);
  await planAgain(stage);
  await changeThePolicy(stage);
  await interfere(stage);
  await heal(stage);
  await planIsEmpty(stage);
  await letTimePass(stage);
  await destroy(stage);
}

async function deploy({ narrator, programs, openai }: Stage): Promise<void> {
  narrator.step("Deploy two keys: one that rotates every 7 days, one that ends after 30");
  const lines = await programs.cdktf("deploy", "--auto-approve");
  narrator.excerpt(
    excerpt(lines, [
      TOTALS,
      /^\s*\+ description .*Owner: /,
      /(?:secret|reconcile|rotation)_[0-9A-F]{8}: Creation complete/,
    ]),
  );
  expectLine(lines.map(stripVTControlCharacters), /Apply complete! Resources: \d+ added, 0 changed, 0 destroyed\./);
  expectSame("keys at OpenAI", (await openai.keys()).length, 2);
  narrator.meaning(
    "Per key: a secret, a reconcile (the controller's Lambda mints the key at OpenAI and stores it) and, if it rotates, a rotation.",
  );
}

async function lookAtTheSecret({ narrator, secrets, openai, workspace }: Stage): Promise<void> {
  narrator.step("What is known of a key, and what it may do");
  narrator.call(`DescribeSecret ${SUMMARISER}`);
  const { Name, RotationEnabled, RotationRules, NextRotationDate, VersionIdsToStages } =
    await secrets.describe(SUMMARISER);
  const shown = { Name, RotationEnabled, RotationRules, NextRotationDate, VersionIdsToStages };
  narrator.lines(JSON.stringify(shown, undefined, 2).split("\n"));
  expectSame("rotation", RotationEnabled, true);
  expectSame(
    "labels of AWS",
    Object.values(VersionIdsToStages ?? {})
      .flat()
      // The controller's marks are labels too.
      .filter((label) => label.startsWith("AWS"))
      .sort()
      .join(),
    "AWSCURRENT,AWSPREVIOUS",
  );
  expectSame("AWSPREVIOUS says that nothing was issued", await secrets.beganUnissued(SUMMARISER), true);
  narrator.meaning("The version before the one in use holds no value: it says that nothing was issued yet.");

  const payloads = [await secrets.payload(SUMMARISER), await secrets.payload(ARCHIVE_READER)];
  const files = workspace.writtenFiles();
  const texts = files.map((file) => readFileSync(file, "latin1"));
  const leaks = texts.filter((text) => payloads.some(({ apiKey }) => text.includes(apiKey))).length;
  expectSame("files with a key's value", leaks, 0);
  narrator.meaning(
    `The value is in Secrets Manager alone: none of the ${files.length} files that synthesis and Terraform wrote, the state among them, holds it.`,
  );

  const value = payloads[0]?.apiKey ?? "";
  await showCall(narrator, openai, value, CHAT, 200, "the summariser's value");
  await showCall(narrator, openai, value, RESPONSES, 401, "the summariser's value");
  narrator.meaning(
    "A call inside the key's scopes is served, one outside is refused. OpenAI enforces that on the key; here its simulator does.",
  );
}

async function planAgain({ narrator, programs }: Stage): Promise<void> {
  narrator.step("Nothing has changed, and the plan says so");
  narrator.excerpt(excerpt(await programs.plan(0), [TOTALS]));
  narrator.meaning("Exit code 0. The plan asked the observer's Lambda, which compared OpenAI with what was applied.");
}

async function changeThePolicy({ narrator, programs, workspace, openai, secrets }: Stage): Promise<void> {
  narrator.step("Change a policy: one more scope");
  narrator.call("main.ts");
  const { before, after } = workspace.edit(
    "OpenAiScope.MODELS_READ]",
    "OpenAiScope.MODELS_READ, OpenAiScope.RESPONSES_WRITE]",
  );
  narrator.lines([`- ${before}`, `+ ${after}`]);
  const plan = await programs.cdktf("diff");
  narrator.excerpt(excerpt(plan, [UPDATED, INPUT_CHANGES, TOTALS]));
  expectLine(plan.map(stripVTControlCharacters), /^\s*\+ "api\.responses\.write",$/);
  expectLine(plan.map(stripVTControlCharacters), /Plan: 0 to add, 2 to change, 0 to destroy\./);
  narrator.meaning(
    "The plan shows the policy field by field: the scope that is added, and nothing else of the policy.",
  );

  const { keyId } = await secrets.payload(SUMMARISER);
  const applied = await programs.terraform(0, "apply", "plan");
  narrator.excerpt(excerpt(applied, [/Modifications complete/, TOTALS]));
  expectLine(applied.map(stripVTControlCharacters), /Apply complete! Resources: 0 added, 2 changed, 0 destroyed\./);
  const { apiKey, keyId: keyIdAfter } = await secrets.payload(SUMMARISER);
  await showCall(narrator, openai, apiKey, RESPONSES, 200, "the summariser's value");
  expectSame("vendor key", keyIdAfter, keyId);
  narrator.meaning("The same vendor key may now do more: OpenAI changes scopes in place, so no application noticed.");
}

async function interfere({ narrator, programs, openai, secrets }: Stage): Promise<void> {
  narrator.step("Somebody widens that key at OpenAI, and deletes the other one there");
  const summariser = await secrets.payload(SUMMARISER);
  const archiveReader = await secrets.payload(ARCHIVE_READER);
  const widened = ["api.model.request", "api.model.read", "api.responses.write", "api.files.read", "api.files.write"];
  narrator.call(
    `POST   /v1/organization/projects/…/api_keys/${summariser.keyId} ${JSON.stringify({ scopes: widened })}`,
  );
  await openai.setScopes(summariser.keyId, widened);
  narrator.call(`DELETE /v1/organization/projects/…/api_keys/${archiveReader.keyId}`);
  await openai.deleteKey(archiveReader.keyId);
  await showCall(narrator, openai, summariser.apiKey, FILES, 200, "the summariser's value");
  const plan = await programs.plan(2, "-out=plan");
  narrator.excerpt(excerpt(plan, [UPDATED, INPUT_CHANGES, TOTALS, CHECK_WARNING]));
  const text = plan.map(stripVTControlCharacters);
  expectLine(
    text,
    new RegExp(
      `-> "scopes of vendor key ${summariser.keyId} changed at OpenAI: \\+api\\.files\\.read \\+api\\.files\\.write`,
    ),
  );
  expectLine(text, new RegExp(`-> "vendor key ${archiveReader.keyId} was deleted at OpenAI`));
  narrator.meaning("Exit code 2: the plan names each key, what differs, and who did it when, from OpenAI's audit log.");
}

async function heal({ narrator, programs, openai, secrets }: Stage): Promise<void> {
  narrator.step("Applying heals");
  const lines = await programs.terraform(0, "apply", "plan");
  narrator.excerpt(excerpt(lines, [/Modifications complete/, TOTALS]));
  expectLine(lines.map(stripVTControlCharacters), /Apply complete! Resources: 0 added, 2 changed, 0 destroyed\./);
  await showCall(narrator, openai, (await secrets.payload(SUMMARISER)).apiKey, FILES, 401, "the summariser's value");
  await showCall(
    narrator,
    openai,
    (await secrets.payload(ARCHIVE_READER)).apiKey,
    FILES,
    200,
    "the archive-reader's new value",
  );
  narrator.meaning("The widened key is narrow again, and the deleted one has a successor in the same secret.");
}

async function planIsEmpty({ narrator, programs }: Stage): Promise<void> {
  narrator.step("The next plan is empty");
  narrator.excerpt(excerpt(await programs.plan(0), [TOTALS]));
  narrator.meaning("Exit code 0.");
}

async function letTimePass({ narrator, sandbox, openai, secrets, programs }: Stage): Promise<void> {
  narrator.step("The days pass until the key rotates, and two more");
  const first = await secrets.payload(SUMMARISER);
  await advanceUntilRotated(narrator, sandbox);
  const second = await secrets.payload(SUMMARISER);
  narrator.meaning(
    `Secrets Manager has rotated the key. ${first.keyId} is superseded by ${second.keyId}; for 24 hours both work:`,
  );
  await showCall(narrator, openai, first.apiKey, CHAT, 200, "the superseded value");
  await showCall(narrator, openai, second.apiKey, CHAT, 200, "the current value");

  await advance(narrator, sandbox, "P2D");
  await showCall(narrator, openai, first.apiKey, CHAT, 401, "the superseded value");
  await showCall(narrator, openai, second.apiKey, CHAT, 200, "the current value");

  narrator.call("the controller's log, and OpenAI's list and audit log");
  const keys = await openai.keys();
  narrator.lines(lifeTable(promotions(sandbox), await openai.lives(), new Set(keys.map(({ id }) => id))));
  expectSame("keys at OpenAI", keys.map(keyName).sort().join(), "archive-reader,summariser");
  narrator.excerpt(excerpt(await programs.plan(0), [TOTALS]));
  narrator.meaning(
    "The superseded value worked for its 24 hours and died at the next hourly sweep. A rotation is no drift: exit code 0.",
  );
}

async function destroy({ narrator, programs, openai, secrets }: Stage): Promise<void> {
  narrator.step("Destroy");
  const lines = await programs.cdktf("destroy", "--auto-approve");
  narrator.excerpt(excerpt(lines, [/(?:secret|reconcile|rotation)_[0-9A-F]{8}: Destruction complete/, TOTALS]));
  expectLine(lines.map(stripVTControlCharacters), /Destroy complete!/);
  const left = {
    "API keys of the project at OpenAI": (await openai.keys()).length,
    "service accounts of the project at OpenAI": (await openai.serviceAccounts()).length,
    [`secrets under ${PREFIX}/`]: await secrets.count(`${PREFIX}/`),
  };
  narrator.call("What is left");
  narrator.lines(Object.entries(left).map(([what, count]) => `${count} ${what}`));
  for (const [what, count] of Object.entries(left)) expectSame(what, count, 0);
  narrator.meaning("The rotation went first, then the keys at OpenAI, then what served them.");
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

const CHAT: Call = {
  method: "POST",
  path: "/chat/completions",
  body: { model: "gpt-5-mini", messages: [{ role: "user", content: "Summarise: the plan is empty." }] },
};
const RESPONSES: Call = { method: "POST", path: "/responses", body: { model: "gpt-5-mini", input: "Hello" } };
const FILES: Call = { method: "GET", path: "/files" };

async function showCall(
  narrator: Narrator,
  openai: OpenAi,
  value: string,
  { method, path, body }: Call,
  expected: number,
  whose: string,
): Promise<void> {
  narrator.call(`${method} /v1${path} with ${whose}`);
  const { status, message } = await openai.call(value, method, path, body);
  narrator.lines([`${status}${message === "" ? "" : ` ${message}`}`]);
  expectSame(`status of ${method} ${path}`, status, expected);
}

const MILLIS_PER_DAY = 86_400_000;

async function advance(narrator: Narrator, sandbox: Sandbox, span: string): Promise<void> {
  const call = clockCall(sandbox, span);
  narrator.command(call.command);
  narrator.lines([await narrator.waiting(call.send())]);
}

/** Half a day at a time, shown as one command with the last answer. */
async function advanceUntilRotated(narrator: Narrator, sandbox: Sandbox): Promise<void> {
  const from = sandbox.now().getTime();
  const call = clockCall(sandbox, "PT12H");
  narrator.command(`${call.command}   # again and again, until the key has rotated`);
  const answers: string[] = [];
  while (rotations(sandbox) === 0) {
    if (sandbox.now().getTime() - from > 7.5 * MILLIS_PER_DAY) throw new Unexpected("a rotation within a week", "none");
    answers.push(await narrator.waiting(call.send()));
  }
  narrator.excerpt(lastOf(answers));
}

interface ClockCall {
  readonly command: string;
  /** @throws Unexpected unless the clock was advanced */
  send(): Promise<string>;
}

function clockCall(sandbox: Sandbox, span: string): ClockCall {
  const body = JSON.stringify({ advance: span });
  return {
    command: `curl -X POST $SANDBOX_URL/clock -d '${body}'`,
    send: async () => {
      const response = await fetch(`${sandbox.url}/clock`, { method: "POST", body });
      const answer = await response.text();
      expectSame("status of the clock", response.status, 200);
      return answer;
    },
  };
}

function rotations(sandbox: Sandbox): number {
  return sandbox.journal({ kind: "secretsmanager" }).filter(({ operation }) => operation === "RotationSucceeded")
    .length;
}

const promotionSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ message: v.literal("vendor key promoted"), key: v.string(), keyId: v.string() }),
);

/** Of each vendor key: the declared key and when it became current, oldest first. */
function promotions(sandbox: Sandbox): Array<{ key: string; keyId: string; at: Date }> {
  return sandbox.logs(`${PREFIX.replace("/", "-")}-controller`).flatMap(({ line, time }) => {
    const parsed = v.safeParse(promotionSchema, line);
    return parsed.success ? [{ key: parsed.output.key, keyId: parsed.output.keyId, at: new Date(time) }] : [];
  });
}

function keyName({ name }: VendorKey): string {
  return name.split("/").at(-2) ?? "";
}
