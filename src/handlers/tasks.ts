import * as v from "valibot";
import { applyProjectLimits, forgetProjectLimits } from "../engine/commands/apply-project-limits";
import { destroy } from "../engine/commands/destroy";
import { emergencyRevoke } from "../engine/commands/emergency-revoke/emergency-revoke";
import { reconcile } from "../engine/commands/reconcile/reconcile";
import { retain } from "../engine/commands/retain";
import { rotateStep } from "../engine/commands/rotate-step";
import { submitKey } from "../engine/commands/submit-key";
import { sweep } from "../engine/commands/sweep/sweep";
import type { Ledger } from "../engine/ports";
import { defined } from "../model/defined";
import { calledBy, type Door, entranceOf, isOpenAt, nameOfDoor, nameOfEntrance } from "../model/doors";
import { ENVIRONMENT } from "../model/environment";
import {
  foreignSecret,
  malformedEvent,
  projectLimitsNotDeclared,
  subjectOf,
  unknownDoor,
  unknownEvent,
  wrongDoor,
} from "../model/errors";
import {
  adoptEventSchema,
  deleteEventSchema,
  deleteProjectLimitsEventSchema,
  type KeysResult,
  keysEventSchema,
  type ProjectLimitsEvent,
  projectLimitsEventSchema,
  type RotationEvent,
  reconcileEventSchema,
  retainEventSchema,
  revokeEventSchema,
  rotationEventSchema,
  sweepEventSchema,
} from "../model/events";
import { METRICS, type MetricName } from "../model/metrics";
import { KEY_NAME, PROJECT_LIMITS, secretName } from "../model/names";
import { canonicalProjectLimits, projectLimitsDigest } from "../model/project-limits";
import type { Run } from "./runtime";

/** One piece of work of the controller, not begun. */
export interface Task {
  readonly door: Door;
  readonly name: string;
  /** Who says to order it. */
  readonly claimedBy?: string;
  readonly key?: string;
  /** Counted where the work has answered true. */
  readonly succeeded?: MetricName;
  readonly failed?: MetricName;
  work(): Promise<unknown>;
}

const terraformEventSchema = v.looseObject({ tf: v.looseObject({ action: v.string() }) });

/** What it takes to understand an event. */
type Here = Pick<Run, "engine" | "functionArn" | "keepSecret" | "environment">;

/**
 * What an event asks for, by its shape, if the door that it came through is the one for that.
 * Throws what is refused; nothing has an effect before `work`.
 */
export function taskOf(event: unknown, run: Here): Task {
  const { functionName, qualifier } = calledBy(run.functionArn);
  const entrance = entranceOf(qualifier);
  if (entrance === undefined) throw unknownDoor(functionName, qualifier ?? "");
  const task = taskOfShape(event, run);
  if (isOpenAt(entrance, task.door)) return task;
  throw wrongDoor(task.key === undefined ? "event" : subjectOf(task.key), {
    action: `"${task.name}"`,
    calledBy: nameOfEntrance(functionName, entrance),
    allowed: nameOfDoor(functionName, task.door),
  });
}

function taskOfShape(event: unknown, run: Here): Task {
  const terraform = v.safeParse(terraformEventSchema, event);
  if (terraform.success) return terraformTask(event, terraform.output.tf.action, run);
  if (isRotation(event)) return rotationTask(event, run);
  if (v.is(sweepEventSchema, event)) return { door: "sweep", name: "sweep", work: () => sweep(run.engine) };
  return operatorTask(event, run);
}

export function isRotation(event: unknown): boolean {
  return v.is(v.looseObject({ Step: v.unknown() }), event);
}

export function isEmergency(event: unknown): boolean {
  return v.is(revokeEventSchema, event);
}

/** What an operator asks for, with `lambda:InvokeFunction` on the controller's alias for that. */
function operatorTask(event: unknown, run: Here): Task {
  const { engine } = run;
  const door = "operator";
  if (v.is(revokeEventSchema, event)) {
    return { door, name: "revoke", ...claimOf(event), key: event.key, work: () => emergencyRevoke(engine, event) };
  }
  if (v.is(retainEventSchema, event)) {
    return { door, name: "retain", ...claimOf(event), key: event.key, work: () => retain(engine, event) };
  }
  if (v.is(adoptEventSchema, event)) {
    run.keepSecret(event.value);
    return { door, name: "adopt", ...claimOf(event), key: event.key, work: () => submitKey(engine, event) };
  }
  if (v.is(keysEventSchema, event)) {
    return { door, name: "keys", ...claimOf(event), work: () => keyNames(engine.ledger) };
  }
  throw unknownEvent(shapeOf(event));
}

function claimOf({ claimedBy }: { claimedBy?: string | undefined }): { claimedBy?: string } {
  return claimedBy === undefined ? {} : { claimedBy };
}

async function keyNames(ledger: Ledger): Promise<KeysResult> {
  const { records, unreadable } = await ledger.list();
  return { keys: [...records.map(({ key }) => key), ...unreadable.keys()].sort() };
}

function terraformTask(event: unknown, action: string, run: Here): Task {
  const { engine } = run;
  if (v.is(v.looseObject({ account: v.unknown() }), event)) return accountTask(event, action, run);
  if (action === "delete") {
    const request = parse(deleteEventSchema, event, "destroy of a key");
    ownSecretName(request, engine.prefix);
    return {
      door: "terraform",
      name: "retire",
      key: request.key,
      failed: METRICS.reconcileFailed,
      work: () => destroy(engine, request),
    };
  }
  const request = parse(reconcileEventSchema, event, "reconcile of a key");
  ownSecretName(request, engine.prefix);
  return {
    door: "terraform",
    name: "reconcile",
    key: request.key,
    failed: METRICS.reconcileFailed,
    work: () => reconcile(engine, request),
  };
}

function accountTask(event: unknown, action: string, { engine, environment }: Here): Task {
  const about = { door: "terraform", key: PROJECT_LIMITS, failed: METRICS.reconcileFailed } as const;
  if (action === "delete") {
    // Also where nothing is declared any more: Terraform may have told the function first. It
    // forgets, and sets nothing.
    parse(deleteProjectLimitsEventSchema, event, "end of project limits");
    return { ...about, name: "forget project limits", work: () => forgetProjectLimits(engine) };
  }
  const request = parse(projectLimitsEventSchema, event, "project limits");
  return {
    ...about,
    name: "apply project limits",
    work: async () => {
      checkDeclared(request, environment);
      return applyProjectLimits(engine, request);
    },
  };
}

/**
 * Whoever may invoke the function cannot set what the stack does not say: its environment is
 * written by whoever deploys it.
 */
function checkDeclared({ account }: ProjectLimitsEvent, environment: Run["environment"]): void {
  const declared = environment[ENVIRONMENT.accountPolicy];
  const given = projectLimitsDigest(canonicalProjectLimits(account));
  if (given !== declared) throw projectLimitsNotDeclared(given, declared);
}

function rotationTask(event: unknown, run: Here): Task {
  const request = parse(rotationEventSchema, event, "rotation step");
  const key = keyOfArn(request, run);
  return {
    door: "rotation",
    name: request.Step,
    key,
    failed: METRICS.rotationFailed,
    ...(request.Step === "finishSecret" ? { succeeded: METRICS.rotationSucceeded } : {}),
    work: () =>
      rotateStep(run.engine, {
        key,
        runStep: request.Step,
        token: request.ClientRequestToken,
        ...defined({ rotationToken: request.RotationToken }),
      }),
  };
}

function ownSecretName({ key, secret }: { key: string; secret: string }, prefix: string): void {
  if (secret !== secretName(prefix, key)) throw foreignSecret(secret, prefix);
}

/**
 * `arn:aws:secretsmanager:<region>:<account>:secret:<prefix>/<key>-<6 characters>`, in the
 * function's own region and account.
 */
function keyOfArn({ SecretId }: RotationEvent, { functionArn, engine }: Here): string {
  const [, partition, , region, account] = functionArn.split(":");
  const start = `arn:${partition}:secretsmanager:${region}:${account}:secret:${engine.prefix}/`;
  const key = SecretId.startsWith(start) ? SecretId.slice(start.length).replace(/-[A-Za-z0-9]{6}$/, "") : "";
  if (!KEY_NAME.test(key)) throw foreignSecret(SecretId, engine.prefix);
  return key;
}

function parse<S extends v.GenericSchema>(schema: S, event: unknown, subject: string): v.InferOutput<S> {
  const parsed = v.safeParse(schema, event);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  // The issue's own text quotes what was received; only where it lies is told.
  throw malformedEvent(
    subject,
    `"${v.getDotPath(issue) ?? "event"}" does not fit (expected ${issue.expected ?? issue.message})`,
  );
}

/** Names of an unknown event's fields, never their values. */
function shapeOf(event: unknown): string {
  if (typeof event !== "object" || event === null) return typeof event;
  return `an object with the fields ${Object.keys(event).slice(0, 10).join(", ") || "(none)"}`;
}
