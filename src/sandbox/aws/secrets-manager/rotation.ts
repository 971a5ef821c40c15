import { randomUUID } from "node:crypto";
import { redact, shorten } from "../../../model/redact";
import type { Clock } from "../../vendors/simulator";
import { rotationNotComplete } from "./errors";
import type { RotationProgress, SecretRotation } from "./rotation-state";
import { nextWindow, type RotationRules, type Schedule } from "./schedule";
import type { SecretsManagerSettings } from "./settings";
import type { Secret, SecretStore } from "./store";
import { AWSCURRENT, AWSPENDING } from "./versions";

export interface RotationPorts {
  readonly clock: Clock;
  readonly store: SecretStore;
  readonly settings: SecretsManagerSettings;
  invoke(functionArn: string, event: unknown): Promise<{ failed: boolean; message?: string }>;
  mayInvoke(functionArn: string, secretArn: string): boolean;
  emit(name: string, secret: Secret, detail: Record<string, unknown>): void;
  /** Every value that must not be seen; the function's error text is cleaned of them. */
  values(): readonly string[];
  /** Remembers a rotation token, which must not be seen either. */
  remember(value: string): void;
}

export interface RotationOrder {
  readonly token: string;
  readonly functionArn: string;
  readonly rules: RotationRules | undefined;
  readonly schedule: Schedule | undefined;
  readonly immediately: boolean;
}

const STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;
type Step = (typeof STEPS)[number];

/** Runs rotations: by order, when their window comes, and again after a failure. */
export class Rotations {
  readonly #ports: RotationPorts;
  readonly #running = new Set<Promise<void>>();

  constructor(ports: RotationPorts) {
    this.#ports = ports;
  }

  /**
   * Takes over the configuration and starts a rotation, or the test of one, that goes on after the
   * answer.
   */
  order(secret: Secret, order: RotationOrder): void {
    const now = this.#now();
    const before = secret.rotation;
    const kept = before?.enabled ? before.next : undefined;
    const rotation: SecretRotation = {
      rotatedAt: before?.rotatedAt,
      renewedAt: before?.renewedAt,
      progress: undefined,
      enabled: true,
      functionArn: order.functionArn,
      rules: order.rules,
      schedule: order.schedule,
      next: undefined,
    };
    secret.rotation = rotation;
    secret.changedAt = now;
    this.#plan(secret, rotation, order.immediately ? now : (rotation.renewedAt ?? now));
    // AWS: where the interval changes, the rotation that was scheduled before might still occur; so
    // it does.
    if (!order.immediately && order.schedule?.kind !== "cron" && kept !== undefined && rotation.next !== undefined) {
      if (kept.startsAt < rotation.next.startsAt) rotation.next = kept;
    }
    const kind = order.immediately ? "rotation" : "test";
    rotation.progress = { kind, token: order.token, running: false, failures: 0, retryAt: undefined };
    this.#startInBackground(secret, rotation, rotation.progress);
  }

  /**
   * AWS refuses a new rotation while AWSPENDING is apart from AWSCURRENT, and says that it tries
   * the old one again.
   */
  refuseWhileIncomplete(secret: Secret): void {
    const pending = secret.versions.pending();
    if (pending === undefined) return;
    const { rotation } = secret;
    if (rotation?.enabled) {
      const progress = rotation.progress ?? newProgress(pending.id);
      if (!progress.running && progress.retryAt === undefined) {
        progress.failures = 0;
        progress.retryAt = this.#now() + (this.#ports.settings.rotationRetryDelaysMillis[0] ?? 0);
      }
      rotation.progress = progress;
    }
    throw rotationNotComplete();
  }

  /** Id of the version of the rotation that was in progress. Its labels stay as they are. */
  cancel(secret: Secret): string | undefined {
    const { rotation } = secret;
    if (rotation === undefined) return undefined;
    const token = rotation.progress?.token ?? secret.versions.pending()?.id;
    rotation.enabled = false;
    rotation.next = undefined;
    rotation.progress = undefined;
    secret.changedAt = this.#now();
    return token;
  }

  /**
   * To be told before a value is stored under a token: another one than the rotation's ends that
   * rotation.
   */
  abandonFor(secret: Secret, token: string, principal: string): void {
    const progress = secret.rotation?.progress;
    if (secret.rotation === undefined || progress === undefined || progress.token === token) return;
    secret.rotation.progress = undefined;
    secret.versions.detach(AWSPENDING, progress.token);
    if (progress.kind === "rotation") {
      this.#ports.emit("RotationAbandoned", secret, { token: progress.token, newVersionId: token, by: principal });
    }
  }

  /** To be told when a write has moved AWSCURRENT: it counts as a rotation for the schedule. */
  renewed(secret: Secret, token: string): void {
    const { rotation } = secret;
    const now = this.#now();
    if (rotation === undefined || rotation.progress?.token === token) return;
    rotation.renewedAt = now;
    if (rotation.enabled && rotation.schedule?.kind !== "cron") this.#plan(secret, rotation, now);
  }

  /** A rotation of a secret that is deleted stops. */
  stop(secret: Secret): void {
    if (secret.rotation !== undefined) secret.rotation.progress = undefined;
  }

  /** Windows that passed while the secret was scheduled for deletion are not made up for. */
  resume(secret: Secret): void {
    const { rotation } = secret;
    if (rotation?.enabled && rotation.next !== undefined && rotation.next.at <= this.#now()) {
      this.#plan(secret, rotation, rotation.next.startsAt);
    }
  }

  /** When the secret's next attempt is due; undefined while one runs. */
  dueAt(secret: Secret): number | undefined {
    const { rotation } = secret;
    if (rotation === undefined || !rotation.enabled || secret.deletedAt !== undefined) return undefined;
    if (rotation.progress?.running) return undefined;
    const scheduled = rotation.next?.at;
    const retry = rotation.progress?.retryAt;
    if (scheduled === undefined || retry === undefined) return scheduled ?? retry;
    return Math.min(scheduled, retry);
  }

  /** Runs the attempt that is due now and ends with it. */
  async runDue(secret: Secret): Promise<void> {
    const { rotation } = secret;
    if (rotation === undefined) return;
    const window = rotation.next;
    const scheduled = window !== undefined && window.at <= this.#now();
    if (scheduled) this.#plan(secret, rotation, window.startsAt);
    const progress = rotation.progress ?? newProgress(secret.versions.pending()?.id ?? randomUUID());
    if (scheduled) progress.failures = 0;
    rotation.progress = progress;
    progress.token = this.#tokenForNextAttempt(secret, progress.token);
    await this.#start(secret, rotation, progress);
  }

  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #plan(secret: Secret, rotation: SecretRotation, from: number): void {
    rotation.next =
      rotation.schedule === undefined ? undefined : nextWindow(rotation.schedule, secret.arn, from, this.#now());
  }

  /**
   * An attempt goes on with the token that is pending, or promoted already; a new one is needed
   * only where neither holds.
   */
  #tokenForNextAttempt(secret: Secret, token: string): string {
    const pending = secret.versions.pending();
    if (pending !== undefined) return pending.id;
    const version = secret.versions.get(token);
    return version === undefined || version.labels.has(AWSCURRENT) ? token : randomUUID();
  }

  #startInBackground(secret: Secret, rotation: SecretRotation, progress: RotationProgress): void {
    const run: Promise<void> = this.#start(secret, rotation, progress).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** The version exists when this returns, before the first step runs. */
  #start(secret: Secret, rotation: SecretRotation, progress: RotationProgress): Promise<void> {
    const { settings } = this.#ports;
    progress.running = true;
    progress.retryAt = undefined;
    if (!this.#isCurrent(secret, progress.token)) {
      const copied = progress.kind === "test" && settings.testVersionContent === "copied";
      const value = copied ? secret.versions.labelled(AWSCURRENT)?.value : undefined;
      secret.versions.addPending(progress.token, value, this.#now());
    }
    return progress.kind === "test" ? this.#test(secret, rotation, progress) : this.#rotate(secret, rotation, progress);
  }

  async #rotate(secret: Secret, rotation: SecretRotation, progress: RotationProgress): Promise<void> {
    const rotationToken = randomUUID();
    const { token } = progress;
    this.#ports.remember(rotationToken);
    this.#ports.emit("RotationStarted", secret, { token, attempt: progress.failures + 1 });
    for (const step of STEPS) {
      const failure = await this.#step(step, secret, rotation, token, rotationToken);
      if (!this.#goesOn(secret, rotation, progress)) return;
      if (failure !== undefined) {
        this.#failed(secret, progress, { step, message: failure });
        return;
      }
    }
    if (!this.#isCurrent(secret, token)) {
      this.#failed(secret, progress, { step: "finishSecret", message: "AWSCURRENT was not moved to the new version." });
      return;
    }
    rotation.progress = undefined;
    rotation.rotatedAt = this.#now();
    rotation.renewedAt = rotation.rotatedAt;
    secret.changedAt = rotation.rotatedAt;
    this.#ports.emit("RotationSucceeded", secret, { token });
  }

  async #test(secret: Secret, rotation: SecretRotation, progress: RotationProgress): Promise<void> {
    const rotationToken = randomUUID();
    const { token } = progress;
    this.#ports.remember(rotationToken);
    this.#ports.emit("TestRotationStarted", secret, { token });
    const failure = await this.#step("testSecret", secret, rotation, token, rotationToken);
    const goesOn = this.#goesOn(secret, rotation, progress);
    secret.versions.detach(AWSPENDING, token);
    if (secret.versions.get(token)?.labels.size === 0) secret.versions.remove(token);
    if (!goesOn) return;
    rotation.progress = undefined;
    if (failure === undefined) this.#ports.emit("TestRotationSucceeded", secret, { token });
    else this.#ports.emit("TestRotationFailed", secret, { token, message: failure });
  }

  /** One synchronous invocation; the text of its failure, cleaned of values. */
  async #step(
    step: Step,
    secret: Secret,
    rotation: SecretRotation,
    token: string,
    rotationToken: string,
  ): Promise<string | undefined> {
    // The answer to RotateSecret is on its way before the function runs.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const { functionArn } = rotation;
    if (!this.#ports.mayInvoke(functionArn, secret.arn)) {
      return "The function's policy does not let secretsmanager.amazonaws.com in.";
    }
    const event = { Step: step, SecretId: secret.arn, ClientRequestToken: token, RotationToken: rotationToken };
    try {
      const result = await this.#ports.invoke(functionArn, event);
      return result.failed ? this.#clean(result.message ?? "The function failed.") : undefined;
    } catch (error) {
      return this.#clean(error instanceof Error ? error.message : String(error));
    }
  }

  #failed(secret: Secret, progress: RotationProgress, failure: { step: Step; message: string }): void {
    const delay = this.#ports.settings.rotationRetryDelaysMillis[progress.failures];
    progress.running = false;
    progress.failures++;
    const detail = { token: progress.token, attempt: progress.failures, ...failure };
    if (delay === undefined) {
      this.#ports.emit("RotationFailed", secret, detail);
      return;
    }
    progress.retryAt = this.#now() + delay;
    this.#ports.emit("RotationAttemptFailed", secret, { ...detail, retryAt: new Date(progress.retryAt).toISOString() });
  }

  /** False once the rotation was abandoned, cancelled or replaced, or its secret deleted. */
  #goesOn(secret: Secret, rotation: SecretRotation, progress: RotationProgress): boolean {
    return this.#ports.store.isActive(secret) && secret.rotation === rotation && rotation.progress === progress;
  }

  #isCurrent(secret: Secret, token: string): boolean {
    return secret.versions.get(token)?.labels.has(AWSCURRENT) ?? false;
  }

  #clean(text: string): string {
    return shorten(redact(text, this.#ports.values()), 300);
  }

  #now(): number {
    return this.#ports.clock.now();
  }
}

function newProgress(token: string): RotationProgress {
  return { kind: "rotation", token, running: false, failures: 0, retryAt: undefined };
}
