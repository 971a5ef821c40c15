import { defined } from "../defined";
import { describeKey } from "../description";
import { canonicalPolicy } from "../key-policy";
import { functionName, PROJECT_LIMITS } from "../names";
import { secretPolicy } from "../policies";
import { canonicalProjectLimits } from "../project-limits";
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
  placesOf,
  type RenderedPart,
  type Rule,
  refersTo,
  sameForm,
  tagsOfSecret,
  told,
  unset,
} from "./rule";

/**
 * What `constructs/key/scoped-key.ts` and `constructs/issuer/project-limits.ts` render. Readers'
 * policies are judged as those of others are.
 */

const controller = ({ prefix }: About) => functionName(prefix, "controller");
const optionalText = (value: unknown) => value === undefined || value === null || isText(value);

function isSecretPolicy(value: unknown, about: About): boolean {
  const controllerRoleArn = about.roleArn("controller");
  const text = canonicalDocument(value);
  const readers = declaredReaders(value);
  if (text === undefined || readers?.includes(controllerRoleArn) === false) return false;
  const scope = { prefix: about.prefix, controllerRoleArn, ...defined({ readers }) };
  return text === canonicalDocument(secretPolicy(placesOf(about), scope));
}

/** Who may read it, where its policy denies that to everybody else. */
function declaredReaders(value: unknown): string[] | undefined {
  for (const { Action, Condition } of statementsIn(value)) {
    const readers: unknown = Condition?.ArnNotLike?.["aws:PrincipalArn"];
    if (Action === "secretsmanager:GetSecretValue" && readers !== undefined) return [readers].flat().map(String);
  }
  return undefined;
}

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
          sameForm(rest, { schedule_expression: expression, ...defined({ duration }) })
        );
      }, rotationForm),
      region: computed,
      id: computed,
      rotation_enabled: computed,
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
          ? { of: PROJECT_LIMITS, policy: input.account, canonical: canonicalProjectLimits(input.account) }
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
