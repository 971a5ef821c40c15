import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { SecretsmanagerSecret } from "@cdktf/provider-aws/lib/secretsmanager-secret";
import { Aspects, TerraformStack, Testing } from "cdktf";
import type { Construct } from "constructs";
import * as fc from "fast-check";
import {
  AdminKey,
  Duration,
  ElevenLabsScope,
  Guardrail,
  KeyGuardrails,
  Lifetime,
  OpenAiScope,
  ScopedKey,
  type ScopedKeyProps,
  Severity,
  Spend,
} from "../../../constructs";
import { matcher } from "../../../constructs/guardrails/judges";
import { GUARDRAIL_RULES } from "../../../src/model/guardrail-rules";
import { newIssuer, newKey, newStack, render } from "../support";
import { bedrockKey, broken, common, routerKey, speechIssuer } from "./support";

const days = (n: number) => Duration.days(n);
const KMS = "arn:aws:kms:us-east-1:111122223333:key/abc";
const KMS_THERE = "arn:aws:kms:eu-west-1:111122223333:key/abc";

/** What each key rule lets be, and what it finds. */
interface Case {
  readonly guardrail: Guardrail;
  readonly kept: Array<Partial<ScopedKeyProps>>;
  readonly broken: Array<[Partial<ScopedKeyProps>, found: string]>;
  readonly demand?: string;
}

const ofOpenAi: Record<string, Case> = {
  "owner-matches": {
    guardrail: Guardrail.ownerMatches("[a-z-]+@example[.]com"),
    kept: [{}],
    broken: [
      [{ owner: "me@example.org" }, "its owner is me@example.org"],
      [{ owner: "team@example.com.evil.org" }, "its owner is team@example.com.evil.org"],
    ],
    demand: "an address that matches [a-z-]+@example[.]com",
  },
  "expiry-maximum": {
    guardrail: Guardrail.expiryMaximum(days(10)),
    kept: [{}, { lifetime: Lifetime.expiring({ after: days(10) }) }],
    broken: [[{ lifetime: Lifetime.expiring({ after: days(11) }) }, "its expiry is 11 days"]],
    demand: "at most 10 days",
  },
  "rotation-maximum": {
    guardrail: Guardrail.rotationMaximum(days(7)),
    kept: [{}, { lifetime: Lifetime.expiring({ after: days(7) }) }],
    broken: [
      [
        { lifetime: Lifetime.rotating({ every: days(8), overlap: days(1), expiry: days(20) }) },
        "it rotates every 8 days",
      ],
      [{ lifetime: Lifetime.expiring({ after: days(8) }) }, "it does not rotate, and is in use for 8 days"],
    ],
  },
  "overlap-bounds": {
    guardrail: Guardrail.overlapBounds({ min: Duration.hours(1), max: days(1) }),
    kept: [{}, { lifetime: Lifetime.expiring({ after: days(7) }) }],
    broken: [
      [
        { lifetime: Lifetime.rotating({ every: days(7), overlap: days(2), expiry: days(20) }) },
        "its overlap is 2 days",
      ],
      [
        { lifetime: Lifetime.rotating({ every: days(7), overlap: days(0), expiry: days(20) }) },
        "its overlap is 0 seconds",
      ],
    ],
    demand: "1 hour to 1 day",
  },
  "no-wildcard-scopes": {
    guardrail: Guardrail.noWildcardScopes(),
    kept: [{}, { scopes: [OpenAiScope.custom("api.small")] }],
    broken: [[{ scopes: [OpenAiScope.custom("api.all.read")] }, "its scopes include api.all.read"]],
  },
  "no-admin-scopes": {
    guardrail: Guardrail.noAdminScopes(),
    kept: [{}, { scopes: [OpenAiScope.custom("api.administrator_notes")] }],
    broken: [[{ scopes: [OpenAiScope.custom("api.management.write")] }, "its scopes include api.management.write"]],
  },
  "scopes-allowed": {
    guardrail: Guardrail.scopesAllowed({ openai: ["api.model.*"] }),
    kept: [{}],
    broken: [
      [
        { scopes: [OpenAiScope.FILES_READ, OpenAiScope.MODELS_READ, OpenAiScope.FILES_WRITE] },
        "its scopes include api.files.read, api.files.write",
      ],
    ],
    demand: "only openai: api.model.*",
  },
  "kms-key-required": {
    guardrail: Guardrail.kmsKeyRequired(),
    kept: [{ kmsKeyArn: KMS }, { kmsKeyArn: KMS, replicas: [{ region: "eu-west-1", kmsKeyArn: KMS_THERE }] }],
    broken: [
      [{}, "it has no `kmsKeyArn`"],
      [{ kmsKeyArn: KMS, replicas: [{ region: "eu-west-1" }] }, "its replicas in eu-west-1 have no `kmsKeyArn`"],
    ],
  },
  "replicas-allowed": {
    guardrail: Guardrail.replicasAllowed("eu-west-1"),
    kept: [{}, { replicas: [{ region: "eu-west-1" }] }],
    broken: [[{ replicas: [{ region: "us-west-2" }] }, "it is replicated to us-west-2"]],
    demand: "only eu-west-1",
  },
  "vendors-allowed": {
    guardrail: Guardrail.vendorsAllowed("openai"),
    kept: [{}],
    broken: [],
  },
};

describe.each(Object.entries(ofOpenAi))("%s", (id, { guardrail, kept, broken: breaking, demand }) => {
  test.each(kept.map((props) => [props]))("lets be what it demands %#", (props) => {
    const stack = newStack();
    newKey(stack, newIssuer(stack), props);
    KeyGuardrails.of(stack).add(guardrail);
    expect(() => render(stack)).not.toThrow();
  });

  if (breaking.length > 0) {
    test.each(breaking)("names what breaks it %#", (props, found) => {
      const stack = newStack();
      newKey(stack, newIssuer(stack), props);
      const { given } = broken(stack, guardrail);
      const head = demand === undefined ? `error ${id}` : `error ${id}, ${demand}:\n`;
      expect(given).toContain(head);
      expect(given).toContain(`    - ai-keys/openai/summariser (ai-keys/summariser): ${found}\n`);
    });
  }
});

describe("scopes of vendors that name their admin scopes", () => {
  test("are refused by their names, whatever they are called", () => {
    // GIVEN
    const stack = newStack();
    const scopes = [ElevenLabsScope.of("text_to_speech"), ElevenLabsScope.of("service_account_write")];
    new ScopedKey(stack, "voice", { issuer: speechIssuer(stack), ...common, scopes });
    // THEN
    expect(broken(stack, Guardrail.noAdminScopes()).given).toContain("its scopes include service_account_write\n");
  });
});

describe("models-allowed", () => {
  const guardrail = Guardrail.modelsAllowed({ openrouter: ["openai/gpt-5.2", "mistralai/*"], elevenlabs: ["*"] });

  test("lets be models that are listed, and keys of vendors with a star", () => {
    const stack = newStack();
    routerKey(stack, { models: ["openai/gpt-5.2", "mistralai/small"] });
    const scopes = [ElevenLabsScope.of("text_to_speech")];
    new ScopedKey(stack, "voice", { issuer: speechIssuer(stack), ...common, scopes });
    KeyGuardrails.of(stack).add(guardrail);
    expect(() => render(stack)).not.toThrow();
  });

  test.each<[Partial<ScopedKeyProps>, string]>([
    [{ models: ["openai/gpt-5.2-pro", "openai/gpt-5.2"] }, "its models include openai/gpt-5.2-pro\n"],
    [{}, "its models are not limited\n"],
  ])("names others, and keys without a list %#", (props, found) => {
    const stack = newStack();
    routerKey(stack, props);
    expect(broken(stack, guardrail).given).toContain(`(ai-keys/translator): ${found}`);
  });

  test("refuses keys of vendors that it does not name", () => {
    const stack = newStack();
    bedrockKey(stack, { models: ["amazon.nova-pro-v1:0"] });
    expect(broken(stack, guardrail).given).toContain("its models include amazon.nova-pro-v1:0\n");
  });

  test("takes what the issuer declares for the whole project where the vendor enforces it there", () => {
    const allowed = Guardrail.modelsAllowed({ openai: ["gpt-5.2"] });
    const declared = newStack();
    newKey(declared, newIssuer(declared, { project: { models: ["gpt-5.2"] } }));
    KeyGuardrails.of(declared).add(allowed);
    expect(() => render(declared)).not.toThrow();
    const bare = newStack();
    newKey(bare, newIssuer(bare));
    expect(broken(bare, allowed).given).toContain("its models are not limited\n");
  });

  test("what a name with stars of its own opens is within the pattern that lets it be", () => {
    const glob = fc.array(fc.constantFrom("a", "b", "/", "*"), { maxLength: 6 }).map((parts) => parts.join(""));
    const filling = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "/", "."), maxLength: 3 }), {
      minLength: 6,
      maxLength: 6,
    });
    fc.assert(
      fc.property(glob, glob, filling, (pattern, name, texts) => {
        const matches = matcher({ any: [pattern] });
        if (!matches("any", name)) return;
        const fillings = [...texts];
        const opened = name.replace(/\*/g, () => fillings.shift() ?? "");
        expect([pattern, name, opened, matches("any", opened)]).toEqual([pattern, name, opened, true]);
      }),
    );
  });

  test("and a pattern without stars lets nothing be but itself", () => {
    const text = fc.string({ unit: fc.constantFrom("a", ".", "+", "?", "[", "]", "\\", "^", "$", "(", ")", "|") });
    fc.assert(
      fc.property(text, text, (pattern, name) => {
        expect(matcher({ any: [pattern] })("any", name)).toBe(pattern === name);
      }),
    );
  });
});

describe("spend-limit-required and rate-limit-required", () => {
  test("are kept by limits of the key", () => {
    const stack = newStack();
    routerKey(stack, { limits: { spend: Spend.perMonth(25) } });
    KeyGuardrails.of(stack).add(Guardrail.spendLimitRequired());
    expect(() => render(stack)).not.toThrow();
  });

  test("name keys without, where the vendor enforces it per key", () => {
    const stack = newStack();
    routerKey(stack);
    expect(broken(stack, Guardrail.spendLimitRequired()).given).toContain("it has no `limits.spend`\n");
    const speech = newStack();
    const scopes = [ElevenLabsScope.of("text_to_speech")];
    new ScopedKey(speech, "voice", { issuer: speechIssuer(speech), ...common, scopes });
    expect(broken(speech, Guardrail.rateLimitRequired()).given).toContain(
      "it limits neither requests nor tokens nor characters\n",
    );
  });

  test("look at the issuer, where the vendor enforces it per project", () => {
    const guardrails = [Guardrail.spendLimitRequired(), Guardrail.rateLimitRequired()];
    const bare = newStack();
    newKey(bare, newIssuer(bare));
    const { given } = broken(bare, ...guardrails);
    expect(given).toContain("its issuer ai-keys/openai declares no `project.spend` at OpenAI\n");
    expect(given).toContain("its issuer ai-keys/openai declares no `project.rateLimits` at OpenAI\n");
    const declared = newStack();
    const rateLimits = [{ model: "gpt-5.2", requestsPerMinute: 60 }];
    newKey(declared, newIssuer(declared, { project: { spend: Spend.perMonth(100), rateLimits } }));
    KeyGuardrails.of(declared).add(...guardrails);
    expect(() => render(declared)).not.toThrow();
  });

  test("demand nothing where the vendor enforces it nowhere", () => {
    const stack = newStack();
    bedrockKey(stack);
    KeyGuardrails.of(stack).add(Guardrail.spendLimitRequired(), Guardrail.rateLimitRequired());
    expect(() => render(stack)).not.toThrow();
  });
});

describe("readers", () => {
  const role = (scope: Construct, principal: unknown, id = "app", more: object = {}) =>
    new IamRole(scope, id, {
      name: id,
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole", ...more }],
      }),
    });
  const ECS = { Service: "ecs-tasks.amazonaws.com" };

  test("readers-named: a key that no role is granted is named, one that is granted anywhere in the app is not", () => {
    const bare = newStack();
    newKey(bare, newIssuer(bare));
    expect(broken(bare, Guardrail.declaredReadersOnly()).given).toContain("everybody whom IAM allows may read it\n");
    expect(broken(bare, Guardrail.readersNamed()).given).toContain("no role is granted access\n");

    const app = Testing.app();
    const stack = newStack(app);
    const elsewhere = newStack(app, "web");
    newKey(stack, newIssuer(stack));
    ScopedKey.fromAttributes(elsewhere, "summariser", {
      secretName: "ai-keys/openai/summariser",
      secretArn: "arn:aws:secretsmanager:us-east-1:111122223333:secret:ai-keys/openai/summariser-AbCdEf",
    }).grants.read(role(elsewhere, ECS));
    KeyGuardrails.of(app).add(Guardrail.readersNamed());
    expect(() => render(stack)).not.toThrow();
  });

  const IDP = "arn:aws:iam::111122223333:oidc-provider/token.example.com";
  test.each<[unknown, object, string[], string | undefined]>([
    [ECS, {}, [], undefined],
    ["*", {}, [], "anybody"],
    [{ AWS: "*" }, {}, [], "anybody"],
    [{ AWS: ["arn:aws:iam::999999999999:root"] }, {}, [], "arn:aws:iam::999999999999:root"],
    [{ AWS: "999999999999" }, {}, [], "999999999999"],
    [{ AWS: "arn:aws:iam::999999999999:root" }, {}, ["999999999999"], undefined],
    [{ AWS: "arn:aws:iam::999999999999:role/a" }, {}, ["arn:aws:iam::999999999999:role/a"], undefined],
    [
      { AWS: "arn:aws:iam::999999999999:role/b" },
      {},
      ["arn:aws:iam::999999999999:role/a"],
      "arn:aws:iam::999999999999:role/b",
    ],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's own
    [{ AWS: "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }, {}, [], undefined],
    [{ Federated: IDP }, {}, [], `anybody whom ${IDP} knows`],
    [{ Federated: IDP }, { Condition: { StringEquals: { "token.example.com:sub": "app" } } }, [], undefined],
    [{ AWS: "*" }, { Effect: "Deny" }, [], undefined],
    [undefined, { NotPrincipal: { AWS: "111122223333" } }, [], "anybody"],
  ])("no-foreign-readers: a role that %j %j may assume, listed %j", (principal, more, listed, found) => {
    const stack = newStack();
    newKey(stack, newIssuer(stack)).grants.read(role(stack, principal, "app", more));
    const guardrail = Guardrail.noForeignReaders(...listed);
    if (found === undefined) {
      KeyGuardrails.of(stack).add(guardrail);
      expect(() => render(stack)).not.toThrow();
    } else {
      expect(broken(stack, guardrail).given).toContain(`its reader ai-keys/app may be assumed by ${found}\n`);
    }
  });

  test("no-foreign-readers: a resource policy put in the place of the secret's own", () => {
    const statement = { Effect: "Allow", Principal: "*", Action: "secretsmanager:GetSecretValue", Resource: "*" };
    const open = JSON.stringify({ Version: "2012-10-17", Statement: statement });
    const replaced = newStack();
    const secretOf = (key: ScopedKey) => key.node.findChild("secret") as SecretsmanagerSecret;
    secretOf(newKey(replaced, newIssuer(replaced))).policy = open;
    const found = "the resource policy put on its secret lets anybody in\n";
    expect(broken(replaced, Guardrail.noForeignReaders()).given).toContain(found);
    const overridden = newStack();
    secretOf(newKey(overridden, newIssuer(overridden))).addOverride("policy", open);
    expect(broken(overridden, Guardrail.noForeignReaders()).given).toContain(found);
    const unreadable = newStack();
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's own
    secretOf(newKey(unreadable, newIssuer(unreadable))).policy = "${data.aws_iam_policy_document.x.json}";
    expect(broken(unreadable, Guardrail.noForeignReaders()).given).toContain("cannot be read at synthesis\n");
    const other = newStack();
    secretOf(newKey(other, newIssuer(other))).addOverride("tags", { a: "b" });
    KeyGuardrails.of(other).add(Guardrail.noForeignReaders());
    expect(() => render(other)).not.toThrow();
  });
});

describe("environments", () => {
  const inEnvironments = () => {
    const app = Testing.app();
    const production = newStack(app, "production");
    const staging = newStack(app, "staging");
    KeyGuardrails.of(production).inEnvironment("production");
    KeyGuardrails.of(staging).inEnvironment("staging");
    return { app, production, staging };
  };
  const attributes = {
    secretName: "production/openai/summariser",
    secretArn: "arn:aws:secretsmanager:us-east-1:111122223333:secret:production/openai/summariser-AbCdEf",
  };

  test("no-shared-keys: a key of one that is read in another", () => {
    const { app, production, staging } = inEnvironments();
    newKey(production, newIssuer(production));
    KeyGuardrails.of(app).add(Guardrail.noSharedKeys());
    expect(() => render(production)).not.toThrow();
    ScopedKey.fromAttributes(staging, "summariser", attributes);
    expect(() => render(production)).toThrow("it is shared by production and staging\n");
  });

  test("no-shared-keys: a key that is granted to a role of another", () => {
    const { app, production, staging } = inEnvironments();
    const role = new IamRole(staging, "app", { name: "app", assumeRolePolicy: "{}" });
    newKey(production, newIssuer(production)).grants.read(role);
    KeyGuardrails.of(app).add(Guardrail.noSharedKeys());
    expect(() => render(production)).toThrow("it is shared by production and staging\n");
  });

  test("admin-key-apart: two issuers with one admin key, by name or by ARN", () => {
    const { app, production, staging } = inEnvironments();
    newKey(production, newIssuer(production));
    const arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:ai/admin/openai-AbCdEf";
    newKey(staging, newIssuer(staging, { adminKey: AdminKey.fromSecretArn(arn) }));
    KeyGuardrails.of(app).add(Guardrail.adminKeyApart("production"));
    const text =
      "its admin key ai/admin/openai is used for production and staging (issuers production/openai, staging/openai)\n";
    expect(() => render(production)).toThrow(text);
  });

  test("admin-key-apart: one issuer that mints for both", () => {
    const { app, production, staging } = inEnvironments();
    const issuer = newIssuer(production);
    newKey(production, issuer);
    newKey(staging, issuer, {}, "ranker");
    KeyGuardrails.of(app).add(Guardrail.adminKeyApart("production"));
    expect(() => render(production)).toThrow("its admin key ai/admin/openai is used for production and staging\n");
  });

  test("admin-key-apart: what is in no environment is not production", () => {
    const { app, production } = inEnvironments();
    const issuer = newIssuer(newStack(app, "shared"));
    newKey(production, issuer);
    KeyGuardrails.of(app).add(Guardrail.adminKeyApart("production"));
    expect(() => render(production)).not.toThrow();
    newKey(newStack(app, "tools"), issuer, {}, "ranker");
    expect(() => render(production)).toThrow("is used for no environment and production\n");
  });

  test("admin-key-apart: environments that are not production may share one", () => {
    const { app, staging } = inEnvironments();
    const tools = newStack(app, "tools");
    newKey(staging, newIssuer(staging));
    newKey(tools, newIssuer(tools));
    KeyGuardrails.of(app).add(Guardrail.adminKeyApart("production"));
    expect(() => render(staging)).not.toThrow();
  });
});

describe("vendors-allowed", () => {
  test("names keys of others", () => {
    const stack = newStack();
    routerKey(stack);
    const { given } = broken(stack, Guardrail.vendorsAllowed("openai", "bedrock"));
    expect(given).toContain("error vendors-allowed, only openai, bedrock:\n");
    expect(given).toContain("(ai-keys/translator): its vendor is openrouter\n");
  });
});

describe("keyless-preferred", () => {
  test("finds keys of vendors that need none", () => {
    const stack = newStack();
    bedrockKey(stack);
    const { given } = broken(stack, Guardrail.keylessPreferred().withSeverity(Severity.ERROR));
    expect(given).toContain("Amazon Bedrock needs no key: it takes a role of the program's own");
    const other = newStack();
    newKey(other, newIssuer(other));
    KeyGuardrails.of(other).add(Guardrail.keylessPreferred().withSeverity(Severity.ERROR));
    expect(() => render(other)).not.toThrow();
  });
});

describe("a guardrail of one's own", () => {
  const ticket = Guardrail.custom({
    id: "purpose-has-ticket",
    why: "A purpose without a ticket cannot be looked up.",
    remedy: "name the ticket in `purpose`",
    check: ({ purpose, environment, owner, overlap }) =>
      /[A-Z]+-\d+/.test(purpose) ? undefined : `no ticket (${environment}, ${owner}, ${overlap})`,
  });

  test("is one function of what is declared", () => {
    const stack = newStack();
    newKey(stack, newIssuer(stack));
    KeyGuardrails.of(stack).inEnvironment("staging");
    const { given } = broken(stack, ticket);
    expect(given).toBe(
      [
        "",
        "  error purpose-has-ticket:",
        "    - ai-keys/openai/summariser (ai-keys/summariser): no ticket (staging, search-team@example.com, 1 day)",
        "    why:    A purpose without a ticket cannot be looked up.",
        "    change: name the ticket in `purpose`",
      ].join("\n"),
    );
  });

  test("sees all that the key declares", () => {
    // GIVEN
    const seen: unknown[] = [];
    const stack = newStack();
    const look = Guardrail.custom({
      id: "look",
      why: "w",
      remedy: "r",
      check: (key) => {
        seen.push(key);
        return undefined;
      },
    });
    KeyGuardrails.of(stack).add(look);
    const key = routerKey(stack, {
      models: ["b/c", "a/b"],
      limits: { spend: Spend.perDay(5) },
      kmsKeyArn: KMS,
      tags: { team: "search" },
    });
    key.grants.read(new IamRole(stack, "app", { name: "app", assumeRolePolicy: "{}" }));
    key.grants.read({ roleName: "by-name" });
    // WHEN
    render(stack);
    // THEN
    expect(seen).toEqual([
      {
        path: "ai-keys/translator",
        keyName: "translator",
        secretName: "ai-keys/translator-router/translator",
        issuer: "ai-keys/translator-router",
        vendor: "openrouter",
        owner: "search-team@example.com",
        purpose: "Summaries on the results page",
        scopes: [],
        models: ["a/b", "b/c"],
        spendUsd: 5,
        spendPer: "day",
        rotatesEvery: Duration.seconds(604_800),
        overlap: Duration.seconds(86_400),
        expiry: Duration.seconds(864_000),
        kmsKeyArn: KMS,
        replicas: [],
        tags: { team: "search" },
        readers: ["ai-keys/app", "by-name"],
      },
    ]);
  });
});

describe("tags that a guardrail of your own sees", () => {
  const seenIn = (declare: (stack: TerraformStack) => unknown) => {
    const stack = new TerraformStack(Testing.app(), "ai-keys");
    declare(stack);
    let tags: unknown;
    KeyGuardrails.of(stack).add(
      Guardrail.custom({
        id: "look",
        why: "To see.",
        remedy: "None.",
        check: (key) => {
          ({ tags } = key);
          return undefined;
        },
      }),
    );
    const { node } = routerKey(stack, { tags: { team: "search", cost: "own" } });
    expect(node.defaultChild).toBeInstanceOf(SecretsmanagerSecret);
    render(stack);
    return tags;
  };
  const tagged = { tags: { cost: "provider", env: "prod", "scoped-keys:issuer": "no" } };

  test("hold the default tags of the provider, and the declaration goes before them", () => {
    const tags = seenIn((stack) => new AwsProvider(stack, "aws", { region: "us-east-1", defaultTags: [tagged] }));
    expect(tags).toEqual({ team: "search", cost: "own", env: "prod" });
  });

  test("are not those of a provider with an alias, unless the secret has it", () => {
    const declare = (stack: TerraformStack) => {
      new AwsProvider(stack, "aws", { region: "us-east-1" });
      return new AwsProvider(stack, "other", { region: "us-east-1", alias: "other", defaultTags: [tagged] });
    };
    expect(seenIn(declare)).toEqual({ team: "search", cost: "own" });
    const tags = seenIn((stack) => {
      const provider = declare(stack);
      Aspects.of(stack).add({
        visit: (construct) => {
          if (construct instanceof SecretsmanagerSecret) construct.provider = provider;
        },
      });
    });
    expect(tags).toEqual({ team: "search", cost: "own", env: "prod" });
  });

  test("hold what an Aspect or an override puts on the secret", () => {
    const visit = (change: (secret: SecretsmanagerSecret) => void) => (stack: TerraformStack) => {
      new AwsProvider(stack, "aws", { region: "us-east-1" });
      Aspects.of(stack).add({
        visit: (construct) => {
          if (construct instanceof SecretsmanagerSecret) change(construct);
        },
      });
    };
    const aspect = visit((secret) => {
      secret.tags = { ...secret.tagsInput, env: "prod" };
    });
    expect(seenIn(aspect)).toEqual({ team: "search", cost: "own", env: "prod" });
    const override = visit((secret) => secret.addOverride("tags.env", "prod"));
    expect(seenIn(override)).toEqual({ team: "search", cost: "own", env: "prod" });
  });
});

test("each rule of keys and issuers can be declared, with the severity that its text has", () => {
  const declared = [
    Guardrail.ownerMatches("x"),
    Guardrail.expiryMaximum(days(1)),
    Guardrail.rotationMaximum(days(1)),
    Guardrail.overlapBounds({ max: days(1) }),
    Guardrail.noWildcardScopes(),
    Guardrail.noAdminScopes(),
    Guardrail.scopesAllowed({}),
    Guardrail.modelsAllowed({}),
    Guardrail.spendLimitRequired(),
    Guardrail.rateLimitRequired(),
    Guardrail.readersNamed(),
    Guardrail.declaredReadersOnly(),
    Guardrail.noForeignReaders(),
    Guardrail.kmsKeyRequired(),
    Guardrail.replicasAllowed(),
    Guardrail.keylessPreferred(),
    Guardrail.noSharedKeys(),
    Guardrail.vendorsAllowed("openai"),
    Guardrail.adminKeyApart("production"),
  ];
  const rules = Object.entries(GUARDRAIL_RULES).filter(([, facts]) => facts.of !== "exception");
  expect(declared.map(({ id, severity }) => [id, severity.toString()])).toEqual(
    rules.map(([id, { severity }]) => [id, severity]),
  );
});
