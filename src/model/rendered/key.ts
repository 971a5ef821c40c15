import { canonicalAccountPolicy } from "../account-policy";
import { describeKey } from "../description";
import { canonicalPolicy } from "../key-policy";
import { ACCOUNT, functionName, ISSUER_TAG } from "../names";
import { rotationSchedule } from "../rotation-schedule";
import { canonicalDocument, statementsIn } from "./documents";
import { inputForm, type RenderedInput, readInput } from "./input";
import {
  type About,
  arnOf,
  computed,
  derived,
  fixed,
  formOf,
  isText,
  named,
  type RenderedPart,
  type Rule,
  refersTo,
  sameForm,
  tagsOfSecret,
  told,
  unset,
} from "./rule";

/** What `constructs/scoped-key.ts`, `constructs/account-policy.ts` and `constructs/grants.ts` render. */

const controller = ({ prefix }: About) => functionName(prefix, "controller");
const optionalText = (value: unknown) => value === undefined || value === null || isText(value);

/** `secretPolicy` of `constructs/policies.ts`, and nothing beside it. */
function isSecretPolicy(value: unknown, about: About): boolean {
  const { account } = about.here;
  const writer = about.roleArn("controller");
  const aws = { "aws:PrincipalIsAWSService": "false" };
  const rendered = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Deny",
        Principal: "*",
        Action: "secretsmanager:*",
        Resource: "*",
        Condition: { StringNotEquals: { "aws:PrincipalAccount": account }, Bool: aws },
      },
      {
        Effect: "Deny",
        Principal: "*",
        Action: ["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"],
        Resource: "*",
        Condition: { ArnNotEquals: { "aws:PrincipalArn": writer }, Bool: aws },
      },
      {
        Effect: "Deny",
        Principal: "*",
        Action: "secretsmanager:TagResource",
        Resource: "*",
        Condition: {
          StringNotEquals: { [`aws:RequestTag/${ISSUER_TAG}`]: about.prefix },
          Null: { [`aws:RequestTag/${ISSUER_TAG}`]: "false" },
        },
      },
      {
        Effect: "Deny",
        Principal: "*",
        Action: "secretsmanager:UntagResource",
        Resource: "*",
        Condition: { "ForAnyValue:StringEquals": { "aws:TagKeys": ISSUER_TAG } },
      },
    ],
  };
  const text = canonicalDocument(value);
  const readers = declaredReaders(value);
  const closed = {
    Effect: "Deny",
    Principal: "*",
    Action: "secretsmanager:GetSecretValue",
    Resource: "*",
    Condition: { ArnNotLike: { "aws:PrincipalArn": readers }, Bool: aws },
  };
  if (readers !== undefined && !readers.includes(writer)) return false;
  const Statement = readers === undefined ? rendered.Statement : [...rendered.Statement, closed];
  return text !== undefined && text === canonicalDocument(JSON.stringify({ ...rendered, Statement }));
}

/** Who may read it, where its policy denies that to everybody else. */
function declaredReaders(value: unknown): string[] | undefined {
  for (const { Action, Condition } of statementsIn(value)) {
    const readers: unknown = Condition?.ArnNotLike?.["aws:PrincipalArn"];
    if (Action === "secretsmanager:GetSecretValue" && readers !== undefined) return [readers].flat().map(String);
  }
  return undefined;
}

/** `readPolicy` of `constructs/policies.ts`. */
export function isReadPolicy(value: unknown): boolean {
  const parsed = statementsIn(value);
  const [read, decrypt] = [
    parsed.filter(({ Action }) => Action !== "kms:Decrypt"),
    parsed.filter(({ Action }) => Action === "kms:Decrypt"),
  ];
  const [only, ...more] = read;
  if (only === undefined || more.length > 0 || decrypt.length > 1 || !isText(only.Resource)) return false;
  return (
    sameForm(only, {
      Effect: "Allow",
      Action: ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
      Resource: only.Resource,
    }) &&
    decrypt.every(
      ({ Resource, Condition, ...rest }) =>
        isText(Resource) &&
        !Resource.includes("*") &&
        sameForm(rest, { Effect: "Allow", Action: "kms:Decrypt" }) &&
        Condition?.StringLike?.["kms:EncryptionContext:SecretARN"] === only.Resource &&
        /^secretsmanager\.[^*?]+\.amazonaws\.com$/.test(Condition?.StringEquals?.["kms:ViaService"]) &&
        Object.keys(Condition).length === 2 &&
        Object.values(Condition).every((each) => Object.keys(each as object).length === 1),
    )
  );
}

const grantName = ({ key }: About) => `read-${key.secret.replaceAll("/", "-")}`.slice(0, 128);

/** What stands as long as there are keys. */
const INVOKABLE = ["rotation permission", "sweep permission", "operator alias"];

const INVOCATION = {
  function_name: named(controller),
  lifecycle_scope: fixed("CRUD"),
  qualifier: unset("$LATEST"),
  terraform_key: unset("tf"),
  triggers: unset(),
  region: computed,
  id: computed,
  result: computed,
};

export const KEY_PARTS: Readonly<Record<string, RenderedPart>> = {
  secret: {
    type: "aws_secretsmanager_secret",
    of: "key",
    required: true,
    dependsOn: [],
    rules: {
      name: named(({ key }) => key.secret),
      description: derived((value, { key: { policy } }) => {
        if (policy === undefined) return isText(value);
        const words = isText(value) ? value.replace(/([$%])\1\{/g, "$1{") : undefined;
        return [true, false].some((manual) => [value, words].includes(describeKey(policy, manual)));
      }),
      // Whoever is not listed is denied, and without a list nobody is.
      policy: told("readers", "placed", isSecretPolicy, {
        form: (value) => canonicalDocument(value) ?? value,
        of: declaredReaders,
      }),
      recovery_window_in_days: fixed(0),
      kms_key_id: told("encryption", "encryption", optionalText),
      replica: told("replicas", "identical", isReplicas, { form: replicaForm }),
      tags: tagsOfSecret,
      force_overwrite_replica_secret: unset(false),
      name_prefix: unset(),
      region: computed,
      arn: computed,
      id: computed,
      tags_all: computed,
    },
  },
  reconcile: {
    type: "aws_lambda_invocation",
    of: "key",
    required: true,
    dependsOn: ["secret", ...INVOKABLE.map((name) => `issuer:${name}`)],
    rules: {
      ...INVOCATION,
      input: invocationInput("policy", (input, { key }) =>
        input.kind === "key" && input.key === key.name && input.secret === key.secret
          ? { of: key.name, policy: input.policy, canonical: canonicalPolicy(input.policy) }
          : undefined,
      ),
    },
  },
  rotation: {
    type: "aws_secretsmanager_secret_rotation",
    of: "key",
    required: false,
    dependsOn: ["reconcile"],
    rules: {
      secret_id: refersTo(
        () => "secret",
        "id",
        (value, about) => value.startsWith(`${arnOf(about, "secretsmanager", `secret:${about.key.secret}`)}-`),
      ),
      rotation_lambda_arn: derived((value, about) => value === arnOf(about, "lambda", `function:${controller(about)}`)),
      rotate_immediately: fixed(false),
      rotation_rules: derived((value, { key }) => {
        const every = key.policy?.lifetime.rotateEverySeconds;
        const schedule = every === undefined ? undefined : rotationSchedule(every, key.secret);
        if (schedule === undefined) return false;
        const { expression, duration } = schedule;
        const [rules, ...more] = Array.isArray(value) ? value : [value];
        const { automatically_after_days: days, ...rest } = Object(rules);
        return (
          more.length === 0 &&
          (formOf(days) === undefined || days === 0) &&
          sameForm(rest, { schedule_expression: expression, ...(duration === undefined ? {} : { duration }) })
        );
      }, rotationForm),
      region: computed,
      id: computed,
      rotation_enabled: computed,
    },
  },
  reader: {
    type: "aws_iam_role_policy",
    of: "key",
    required: false,
    dependsOn: [],
    rules: {
      // Of a secret whose name is a token the provider makes one up.
      name: told(
        "name of the grant",
        "harmless",
        (value, about) =>
          value === grantName(about) || value === undefined || (isText(value) && value.startsWith("terraform-")),
        { of: (value, about) => value === grantName(about) },
      ),
      role: told("readers", "identical", isText),
      policy: told("readers", "identical", isReadPolicy, { form: (value) => canonicalDocument(value) ?? value }),
      name_prefix: unset(),
      id: computed,
    },
  },
};

export const ACCOUNT_PARTS: Readonly<Record<string, RenderedPart>> = {
  account: {
    type: "aws_lambda_invocation",
    of: "issuer",
    required: false,
    dependsOn: INVOKABLE,
    rules: {
      ...INVOCATION,
      input: invocationInput("project", (input) =>
        input.kind === "account"
          ? { of: ACCOUNT, policy: input.account, canonical: canonicalAccountPolicy(input.account) }
          : undefined,
      ),
    },
  },
};

/**
 * Input of an invocation: names and repair token are as they have to be, and the policy is told.
 * @param read undefined for what is of another key
 */
function invocationInput(
  field: string,
  read: (
    input: RenderedInput,
    about: About,
  ) => { readonly of: string; readonly policy: unknown; readonly canonical: unknown } | undefined,
): Rule {
  const renders = (value: unknown, about: About): boolean => {
    const input = readInput(value);
    const found = input === undefined ? undefined : read(input, about);
    if (input === undefined || found === undefined) return false;
    const { repair } = input;
    const expected = "of" in repair ? found.of : about.repair(found.of);
    return (
      JSON.stringify(found.policy) === JSON.stringify(found.canonical) &&
      ("of" in repair
        ? repair.of === expected && about.observed !== false
        : expected === undefined
          ? about.observed !== true
          : repair.token === expected)
    );
  };
  const of = (value: unknown) => {
    const input = readInput(value);
    return input?.kind === "key" ? input.policy : input?.account;
  };
  return { ...told(field, "identical", renders, { form: inputForm, of }), asWritten: true };
}

/** What the provider adds to each is its own. */
function replicaForm(value: unknown): unknown {
  if (!Array.isArray(value)) return formOf(value);
  const each = value.map((replica) => {
    const { last_accessed_date: _, status: __, status_message: ___, ...rest } = Object(replica);
    return JSON.stringify(formOf(rest));
  });
  return each.length === 0 ? undefined : each.sort();
}

function isReplicas(value: unknown): boolean {
  if (formOf(value) === undefined) return true;
  return (
    Array.isArray(value) &&
    value.every((replica) => {
      const { region, kms_key_id, last_accessed_date: _, status: __, status_message: ___, ...rest } = Object(replica);
      return isText(region) && optionalText(kms_key_id) && Object.keys(rest).length === 0;
    })
  );
}

function rotationForm(value: unknown): unknown {
  return (Array.isArray(value) ? value : [value]).map((rules) => {
    const { automatically_after_days: days, ...rest } = Object(rules);
    return formOf({ ...rest, ...(days === 0 ? {} : { days }) });
  });
}
