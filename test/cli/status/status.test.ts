import { App, TerraformStack, Testing } from "cdktf";
import {
  AdminKey,
  AnthropicIssuer,
  Duration,
  Lifetime,
  OpenAiIssuer,
  OpenAiScope,
  ScopedKey,
} from "../../../constructs";
import { runStatus, type StatusOptions } from "../../../src/cli/status/run-status";
import { described } from "../../../src/cli/status/secrets";
import { parseSpan } from "../../../src/cli/status/spans";
import { AwsService, type Fixture } from "../support/aws-service";
import { fleet, NOW, policyOf, recordOf } from "../support/fleet";
import { scopedKeys } from "../support/scoped-keys";
import { expectShown, Written } from "../support/shown";

const PAGE = "docs/cli/status.md";

describe("scoped-keys status", () => {
  let service: AwsService;
  let fixture: Fixture;
  let out: Written;
  let progress: Written;
  const saved = { ...process.env };

  beforeEach(async () => {
    fixture = fleet();
    service = await AwsService.start(fixture);
    Object.assign(process.env, service.environment);
    out = new Written();
    progress = new Written();
  });
  afterEach(async () => {
    process.env = { ...saved };
    await service.stop();
  });

  const status = async (names: string[] = [], options: StatusOptions = {}): Promise<string> => {
    out.text = "";
    expect(await runStatus(names, options, { out, progress })).toBe(0);
    return out.text;
  };
  const rows = async (options: StatusOptions = {}, names: string[] = []) => {
    const report = JSON.parse(await status(names, { ...options, json: true }));
    return Object.fromEntries(report.keys.map((row: { name: string }) => [row.name, row])) as Record<
      string,
      { state: string; drift: string; owner: string; reasons: string[]; rotation: string } | undefined
    >;
  };

  test("shows every key of the region, as its page does", async () => {
    expectShown(PAGE, "scoped-keys status", await status());
    expect(out.text).not.toContain("prod/database");
    expect(out.text).not.toContain("in sync");
    expect(out.text).not.toContain("\x1b");
  });

  test("asks the vendors where that is wanted, and only then anything is in sync", async () => {
    const text = await status(["ai-keys/openai/summariser", "ai-keys/openai/search"], { live: true });
    expectShown(PAGE, "scoped-keys status ai-keys/openai/summariser ai-keys/openai/search --live", text);
    expect((await rows({ live: true }))["ai-keys/openai/summariser"]).toMatchObject({ drift: "in_sync", reasons: [] });
  });

  test("filters by issuer and expiry, as its page does", async () => {
    const text = await status([], { issuer: ["ai-keys/openai"], expiringWithin: parseSpan("7d") ?? 0 });
    expectShown(PAGE, "scoped-keys status --issuer ai-keys/openai --expiring-within 7d", text);
  });

  test("prints JSON as its page does", async () => {
    const text = await status(["ai-keys/openai/nightly"], { json: true });
    expectShown(PAGE, "scoped-keys status ai-keys/openai/nightly --json", text);
  });

  test("reads and writes nothing but lists, descriptions and the ledger", async () => {
    await status([], { live: true });
    expect(new Set(service.calls)).toEqual(new Set(["ListSecrets", "Query", "Invoke"]));
  });

  test.each<[StatusOptions, string[]]>([
    [{ owner: "PEOPLE" }, ["ai-keys/anthropic/writer"]],
    [{ state: ["expired", "rotating"] }, ["ai-keys/openai/nightly", "ai-keys/openai/workshop"]],
    [{ state: ["due"], issuer: ["ai-keys/openai"] }, []],
    [{ expiringWithin: 0 }, ["ai-keys/openai/workshop"]],
  ])("with %j shows what fits", async (options, names) => {
    expect(Object.keys(await rows(options))).toEqual(names);
  });

  describe("with fewer rights", () => {
    const states = async (options: StatusOptions = {}, names: string[] = []) =>
      Object.values(await rows(options, names)).map((row) => [row?.state, row?.drift, row?.owner]);

    test("without the ledger says unknown, and takes the owner from the secret", async () => {
      fixture.denied.add("Query");
      expect(new Set((await states()).map(([state, drift]) => `${state} ${drift}`))).toEqual(
        new Set(["unknown unknown"]),
      );
      const text = await status();
      expect(text).toContain("these credentials lack dynamodb:Query on table ai-keys-openai-ledger");
      expect(text).toContain("search-team@example.com");
    });

    test("without ListSecrets describes each key of a named issuer", async () => {
      fixture.denied.add("ListSecrets");
      expect(await states({ issuer: ["ai-keys/anthropic"] })).toEqual([["due", "unknown", "people-team@example.com"]]);
      expect(service.calls).toContain("DescribeSecret");
    });

    test("without any right on secrets shows what the ledger knows, and the secret's part as unknown", async () => {
      fixture.denied.add("ListSecrets").add("DescribeSecret");
      const row = (await rows({ issuer: ["ai-keys/openai"] }))["ai-keys/openai/summariser"];
      expect(row).toMatchObject({ state: "in_use", drift: "unknown", rotation: "unknown" });
      expect(row?.reasons.join()).toContain("these credentials lack secretsmanager:DescribeSecret");
    });

    test("with neither says which right is missing, and fails", async () => {
      fixture.denied.add("ListSecrets").add("Query");
      await expect(status()).rejects.toThrow(/\[SK331\].*secretsmanager:ListSecrets/);
      await expect(status([], { issuer: ["ai-keys/openai"] })).rejects.toThrow(/\[SK331\].*dynamodb:Query/);
    });

    test("without the observer says unknown, never in sync", async () => {
      fixture.denied.add("Invoke");
      const row = (await rows({ live: true }))["ai-keys/openai/summariser"];
      expect(row?.drift).toBe("unknown");
      expect(row?.reasons.join()).toMatch(/the vendor could not be asked: .*SK304/);
    });

    test("of an observer that answers nonsense says unknown", async () => {
      fixture.functions["ai-keys-openai-observer"] = { summariser: { state: "fine" } };
      expect((await rows({ live: true }))["ai-keys/openai/summariser"]?.drift).toBe("unknown");
    });

    test("tells which keys a filter could not decide on", async () => {
      fixture.denied.add("Query");
      expect(await status([], { expiringWithin: 86_400 })).toMatch(
        /not known whether the filters match: .*ai-keys\/openai\/search/,
      );
    });
  });

  test("finds the ledger that stands elsewhere by --table", async () => {
    fixture.tables = { other: fixture.tables["ai-keys-openai-ledger"] ?? {} };
    expect(await status()).toContain("there is no table ai-keys-openai-ledger; --table names another");
    expect(Object.values(await rows({ table: ["other"] })).map((row) => row?.state)).not.toContain("unknown");
  });

  test.each<[string, (fixture: Fixture) => void, string, string]>([
    ["a record that nobody can read", (f) => replace(f, { key: "summariser", body: "{" }), "unreadable", "unknown"],
    ["a ledger that has lost the key", (f) => drop(f), "lost", "drift"],
    ["a secret that is gone", (f) => void f.secrets.shift(), "no_secret", "drift"],
    ["an operator's stop", (f) => replace(f, with_({ stopped: { id: "s1", since: NOW } })), "stopped", "drift"],
    [
      "an emergency that goes on",
      (f) => replace(f, with_({ revocation: { since: NOW, successor: true, keyIds: ["k"] } })),
      "revoking",
      "unknown",
    ],
    [
      "an apply that did not finish",
      (f) => replace(f, with_({ unfinished: { action: "apply", since: NOW, reason: "[SK208] OpenAI" } })),
      "unfinished",
      "drift",
    ],
    [
      "a first apply that failed",
      (f) => replace(f, with_({ current: undefined, policy: undefined })),
      "not_issued",
      "unknown",
    ],
  ])("shows %s", async (_, change, state, drift) => {
    change(fixture);
    expect((await rows())["ai-keys/openai/summariser"]).toMatchObject({ state, drift });
  });

  test.each<[string, (fixture: Fixture) => void, string]>([
    [
      "whose first apply did not finish",
      (f) => replace(f, with_({ current: undefined, unfinished: { action: "apply", since: NOW, reason: "[SK262]" } })),
      "unfinished",
    ],
    ["of which the ledger has no word", (f) => drop(f), "not_issued"],
  ])("says what programs read in the secret of a key %s", async (_, change, state) => {
    // GIVEN
    const secret = fixture.secrets.find(({ Name }) => Name === "ai-keys/openai/summariser");
    if (secret === undefined) throw new Error("no such secret");
    const unissued = { ...secret, SecretVersionsToStages: { first: ["AWSCURRENT", "SCOPED_KEYS_UNISSUED"] } };
    fixture.secrets = fixture.secrets.map((each) => (each === secret ? unissued : each));
    change(fixture);

    // WHEN
    const row = (await rows())["ai-keys/openai/summariser"];

    // THEN
    expect(row).toMatchObject({ state, secret: "not_issued" });
    expect(row?.reasons.join()).toContain("its secret says that nothing was issued yet");
  });

  const with_ = (more: object) => recordOf("summariser", policyOf("openai", "search-team@example.com", 7), 3, more);
  const of = (f: Fixture) => f.tables["ai-keys-openai-ledger"]?.["ai-keys/openai"] ?? [];
  function replace(f: Fixture, record: ReturnType<typeof of>[number]): void {
    of(f)[0] = record;
  }
  function drop(f: Fixture): void {
    of(f).shift();
  }

  test("names the nearest key for one that nobody knows", async () => {
    await expect(status(["ai-keys/openai/sumariser"])).rejects.toThrow(
      /\[SK330\].*Did you mean ai-keys\/openai\/summariser\?/,
    );
    await expect(status(["other/openai/x"])).rejects.toThrow(/SK330|SK331/);
  });

  test("goes by the servers' time, not by this machine's", async () => {
    fixture.now += 365 * 86_400_000;
    expect(new Set(Object.values(await rows()).map((row) => row?.state))).toEqual(new Set(["expired"]));
  });

  test("tells at a terminal what it waits for, and takes that away again", async () => {
    progress = new Written(true);
    await status();
    expect(progress.text).toContain("reading secrets …");
    expect(progress.text).toMatch(/reading the ledger of ai-keys\/\w+, and 1 other wait …/);
    expect(progress.text.endsWith("\r\x1b[2K")).toBe(true);
  });

  describe("with a time limit", () => {
    /** As a process of its own: it has to end by itself, whatever is still open. */
    const bounded = async (hanging: string[], args: string[]) => {
      fixture.hanging = new Set(hanging);
      const startedAt = Date.now();
      const { code, stdout, stderr } = await scopedKeys(["status", "--timeout", "0.03", ...args]).ended;
      return { code, stdout, stderr, seconds: (Date.now() - startedAt) / 1_000 };
    };

    test("says what was known, and of what an observer did not answer in time that it is not known", async () => {
      // WHEN
      const { code, stdout, seconds } = await bounded(["ai-keys-openai-observer"], ["--live", "--json"]);
      // THEN
      expect(code).toBe(1);
      expect(seconds).toBeLessThan(60);
      const { keys } = JSON.parse(stdout) as { keys: Array<{ name: string; drift: string; reasons: string[] }> };
      expect(keys).toHaveLength(5);
      const summariser = keys.find(({ name }) => name === "ai-keys/openai/summariser");
      expect(summariser).toMatchObject({ state: "in_use", drift: "unknown" });
      expect(summariser?.reasons.join()).toContain("the vendor could not be asked: no answer within 2 seconds");
      expect(keys.map(({ drift }) => drift)).not.toContain("in_sync");
    });

    test("of a ledger that does not answer knows nothing, and shows what the secrets tell", async () => {
      const { code, stdout } = await bounded(["Query"], []);
      expect(code).toBe(1);
      expect(stdout).toMatch(/ai-keys\/openai\/summariser +unknown/);
      expect(stdout).toContain("dynamodb:Query on table ai-keys-openai-ledger: no answer within 2 seconds (--timeout)");
    });

    test("where nothing answers says so, and what to do", async () => {
      const { code, stdout, stderr } = await bounded(["Query", "ListSecrets", "DescribeSecret"], []);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(
        /SK331.*ListSecrets: no answer within 2 seconds \(--timeout\).*more minutes with --timeout/s,
      );
    });

    test("of the history says that it was not read", async () => {
      const { code, stdout } = await bounded(["GetItem"], ["ai-keys/openai/summariser", "--history"]);
      expect(code).toBe(1);
      expect(stdout).toContain("its history could not be read: dynamodb:GetItem");
    });

    test("tells elsewhere than at a terminal of a wait that is long, in lines on standard error", async () => {
      // GIVEN
      fixture.hanging = new Set(["ai-keys-openai-observer"]);
      // WHEN
      const code = await runStatus([], { live: true, timeout: 0.2 }, { out, progress });
      // THEN
      expect(code).toBe(1);
      expect(progress.text).toMatch(/^asking the vendor of ai-keys\/openai, \d+ s …$/m);
      expect(out.text).not.toContain("asking");
    });

    test.each(["0", "soon", "1441"])("of %j minutes is refused", async (minutes) => {
      expect(await scopedKeys(["status", "--timeout", minutes]).ended).toMatchObject({ code: 2, stdout: "" });
    });
  });

  describe("--history", () => {
    const effects = [
      { at: NOW - 60, door: "terraform", request: "r-1", what: "policy applied", policy: "0123456789ab" },
      {
        at: NOW,
        door: "operator",
        request: "r-2",
        by: "arn:aws:iam::111122223333:user/jane",
        what: "emergency revoke",
      },
    ];
    const KEY = "ai-keys/openai/summariser";

    test("shows of a key what was done, newest first, and who claims to have ordered it", async () => {
      // GIVEN
      const body = { S: JSON.stringify({ schema: 1, effects }) };
      fixture.more = (operation) =>
        operation === "GetItem"
          ? { body: { Item: { pk: { S: "p" }, sk: { S: "s" }, guard: { N: "1" }, body } } }
          : { status: 400, body: {} };
      // WHEN
      const text = await status([KEY], { history: true });
      const json = JSON.parse(await status([KEY], { history: true, json: true }));
      // THEN
      expect(text.split("\n").slice(0, 4)).toEqual([
        `${KEY}, newest first:`,
        expect.stringMatching(/^time +door +policy +what +request +by$/),
        expect.stringMatching(
          /^2026-11-25T09:00:00Z +operator +emergency revoke +r-2 +claims to be arn:aws:iam::111122223333:user\/jane$/,
        ),
        expect.stringMatching(/^2026-11-25T08:59:00Z +terraform +0123456789ab +policy applied +r-1$/),
      ]);
      expect(json).toEqual([{ name: KEY, history: { value: [...effects].reverse() } }]);
    });

    test("says what right is missing, and of which key nothing is remembered", async () => {
      fixture.more = () => ({ body: {} });
      expect(await status([KEY], { history: true })).toBe(`${KEY}: the history is empty\n`);
      fixture.denied.add("GetItem");
      expect(await status([KEY], { history: true })).toContain("these credentials lack dynamodb:GetItem on table");
    });

    test.each<[string[], StatusOptions]>([
      [[], { history: true }],
      [[KEY], { history: true, watch: 1 }],
    ])("is refused of %j with %j", async (names, options) => {
      const error = await runStatus(names, options, { out, progress }).catch((reason: Error) => reason);
      expect(String(error)).toContain("[SK365]");
    });
  });

  test("--watch looks again until a signal ends it", async () => {
    const looked = runStatus([], { watch: 1, json: true }, { out, progress });
    while (out.text.trim().split("\n").length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    process.emit("SIGINT", "SIGINT");
    expect(await looked).toBe(130);
    for (const line of out.text.trim().split("\n")) expect(JSON.parse(line).keys).toHaveLength(5);
  });
});

test("a key's secret says in its description who owns it and how it rotates", () => {
  const stack = new TerraformStack(new App(), "ai-keys");
  const openai = new OpenAiIssuer(stack, "openai", { adminKey: AdminKey.fromSecretName("a"), projectId: "proj_a" });
  const anthropic = new AnthropicIssuer(stack, "anthropic", {
    adminKey: AdminKey.fromSecretName("a"),
    workspaceId: "wrkspc_a",
  });
  const common = { owner: "a@example.com", purpose: "Owner: nobody. Expires after all" };
  const scopes = [OpenAiScope.MODELS_READ];
  const [every, overlap, expiry] = [Duration.days(7), Duration.hours(1), Duration.days(10)];
  new ScopedKey(stack, "a", {
    ...common,
    issuer: openai,
    scopes,
    lifetime: Lifetime.rotating({ every, overlap, expiry }),
  });
  new ScopedKey(stack, "b", { ...common, issuer: openai, scopes, lifetime: Lifetime.expiring({ after: expiry }) });
  new ScopedKey(stack, "c", {
    ...common,
    issuer: anthropic,
    lifetime: Lifetime.rotating({ every, overlap, expiry }),
  });
  const { resource } = JSON.parse(Testing.synth(stack));
  const texts = Object.values(resource.aws_secretsmanager_secret as Record<string, { description: string }>);
  expect(texts.map(({ description }) => described(description))).toEqual(
    (["by_itself", "none", "manual"] as const).map((rotation) => ({ owner: "a@example.com", rotation })),
  );
});

test.each([
  ["45m", 2_700],
  ["36h", 129_600],
  ["7d", 604_800],
  ["2w", 1_209_600],
  ["7", undefined],
  ["d", undefined],
  ["1.5h", undefined],
  ["-1d", undefined],
])("the span %s is %s seconds", (text, seconds) => {
  expect(parseSpan(text)).toBe(seconds);
});
