import { defined } from "../../../src/model/defined";
import { policyOf } from "./fleet";

const PREFIX = "ai-keys/openai";
const POLICY = policyOf("openai", "search-team@example.com", 7);

/** A key in a plan as `terraform show -json` writes it. */
export interface PlannedKey {
  readonly actions?: readonly string[];
  readonly repair?: readonly [before: string, after: string];
  /** Of the policy that is planned; the same as before without. */
  readonly owner?: string;
}

export interface PlannedStack {
  readonly keys: Readonly<Record<string, PlannedKey>>;
  /** What the observer answers; undefined: it was not read. */
  readonly observed?: object;
  readonly resources?: ReadonlyArray<{
    readonly address: string;
    readonly actions: readonly string[];
    /** What it is before and after. */
    readonly values?: object;
  }>;
  readonly drifted?: ReadonlyArray<{
    readonly address: string;
    readonly before: object;
    readonly after: object | null;
  }>;
  readonly checks?: readonly string[];
  readonly complete?: false;
  /** The state holds nothing. */
  readonly lost?: true;
}

export function planOf({
  keys,
  observed,
  resources = [],
  drifted = [],
  checks = [],
  complete,
  lost,
}: PlannedStack): object {
  const invocation = (key: string, repair: string, owner?: string) => ({
    function_name: "ai-keys-openai-controller",
    input: JSON.stringify({
      key,
      secret: `${PREFIX}/${key}`,
      policy: { ...POLICY, ...defined({ owner }) },
      repair,
    }),
  });
  return {
    format_version: "1.2",
    ...defined({ complete }),
    resource_changes: [
      ...Object.entries(keys).map(([key, { actions = ["no-op"], repair = ["none", "none"], owner }]) => ({
        address: `aws_lambda_invocation.${key}_reconcile`,
        mode: "managed",
        type: "aws_lambda_invocation",
        change: {
          actions,
          before: actions.includes("create") ? null : invocation(key, repair[0]),
          after: actions.join() === "delete" ? null : invocation(key, repair[1], owner),
        },
      })),
      ...resources.map(({ address, actions, values = {} }) => ({
        address,
        mode: "managed",
        type: address.split(".")[0],
        change: { actions, before: values, after: values },
      })),
    ],
    resource_drift: drifted.map(({ address, before, after }) => ({
      address,
      mode: "managed",
      type: address.split(".")[0],
      change: { actions: ["update"], before, after },
    })),
    prior_state: {
      values: {
        root_module: {
          resources: [
            ...(lost === true ? [] : [{ mode: "managed", type: "aws_dynamodb_table", values: {} }]),
            ...(observed === undefined
              ? []
              : [
                  {
                    mode: "data",
                    type: "aws_lambda_invocation",
                    values: {
                      function_name: "arn:aws:lambda:eu-central-1:111122223333:function:ai-keys-openai-observer",
                      result: JSON.stringify(observed),
                    },
                  },
                ]),
          ],
        },
      },
    },
    checks: checks.map((message) => ({ status: "fail", instances: [{ problems: [{ message }] }] })),
  };
}

const SEEN = "(seen 2026-11-25T09:00:00.000Z)";

/** A stack with something of everything. */
export const DRIFTED: PlannedStack = {
  keys: {
    summariser: {},
    search: { actions: ["update"], repair: ["none", `edited ${SEEN}`] },
    widened: { actions: ["update"], repair: ["none", `widened ${SEEN}`] },
    nightly: {},
    workshop: {},
    moved: { actions: ["update"], owner: "other-team@example.com" },
  },
  observed: {
    search: { repair: `edited ${SEEN}`, state: "drift", drift: ["the secret's value was edited by hand"] },
    widened: {
      repair: `widened ${SEEN}`,
      state: "drift",
      drift: [
        "scopes of vendor key key_77ab changed at OpenAI: +api.files.read, on 2026-11-24T16:12:03.000Z by jane@example.com as its audit log says",
      ],
    },
    nightly: { repair: "none", state: "unknown", drift: ["the secret could not be read: AWS answered 500"] },
    workshop: { repair: "none", state: "expired", drift: ["it expired on 2026-11-24T09:00:00.000Z"] },
    moved: { repair: `policy ${SEEN}`, state: "behind", drift: ["policy 0123456789ab is to be applied"] },
  },
  resources: [
    { address: "aws_secretsmanager_secret.search_secret", actions: ["update"] },
    { address: "aws_lambda_function.openai_controller_function", actions: ["update"] },
  ],
  drifted: [
    {
      address: "aws_secretsmanager_secret.search_secret",
      before: { policy: "a", tags: {} },
      after: { policy: "b", tags: {} },
    },
    { address: "aws_secretsmanager_secret.other_secret", before: { policy: "a" }, after: { policy: "b" } },
  ],
};
