import { defined } from "../../src/model/defined";
import { expiryAlarmDays } from "../../src/model/expiry-alarm";
import type { KeyPolicy } from "../../src/model/key-policy";
import { rotationSchedule } from "../../src/model/rotation-schedule";
import { SECONDS_PER_DAY } from "../../src/model/units";
import type { RotationRules } from "../../src/sandbox/aws/secrets-manager/schedule";
import { policyOf } from "../support/engine";
import { Fleet, HOUR, MINUTE } from "./fleet";

/** A Tuesday, after the window in which all can be due. */
const START = Date.UTC(2026, 10, 24, 11, 10);
const WINDOW = Date.UTC(2026, 11, 1, 10);
/** Applies arrive for so long. */
const APPLIES_HOURS = 6;
const WEEK_SECONDS = 7 * SECONDS_PER_DAY;

export const RETRIES = {
  /** As the sandbox has it. */
  few: [15 * MINUTE, HOUR, 4 * HOUR],
  /** Secrets Manager does not try again: AWS promises no number. */
  none: [],
} as const;

export interface MassEvent {
  readonly keys: number;
  readonly seed: number;
  readonly retries: keyof typeof RETRIES;
  /** `together`: all are due in the same hour. `spread`: as the constructs render them. */
  readonly windows: "together" | "spread";
  /** From the first moment of the keys' last window on. */
  readonly outageHours: number;
  /** How long to look on after the begin of that window. */
  readonly hours: number;
  /**
   * Applies that arrive meanwhile: one new key every so many minutes, and ten changes of policy at
   * once every so many.
   */
  readonly applies: boolean;
  /** @default WEEKLY */
  readonly policy?: KeyPolicy;
  /**
   * Admin calls a minute that the issuer believes it may make. @default as many as the vendor
   * answers
   */
  readonly believedCallsPerMinute?: number;
}

export const WEEKLY: KeyPolicy = policyOf({
  lifetime: { rotateEverySeconds: WEEK_SECONDS, overlapSeconds: SECONDS_PER_DAY, expirySeconds: 10 * SECONDS_PER_DAY },
});
/**
 * With so short an overlap and the least expiry, most would die in the catching up after 48 hours,
 * if all were due together.
 */
export const TIGHT: KeyPolicy = policyOf({
  lifetime: { rotateEverySeconds: WEEK_SECONDS, overlapSeconds: 7_200, expirySeconds: 9 * SECONDS_PER_DAY + 7_200 },
});
/** Of those that applies change; they do not rotate. */
const LASTING: KeyPolicy = { ...WEEKLY, lifetime: { overlapSeconds: 0, expirySeconds: 90 * SECONDS_PER_DAY } };
const WIDER: KeyPolicy = { ...LASTING, scopes: ["api.files.read", "api.model.read", "api.model.request"] };

const CHANGED = 10;

/** Weekly keys, a week after their issue. */
export async function massEvent(event: MassEvent): Promise<{ fleet: Fleet; names: readonly string[] }> {
  const fleet = new Fleet({
    seed: event.seed,
    start: START,
    retryDelaysMillis: RETRIES[event.retries],
    ...defined({ callsPerMinute: event.believedCallsPerMinute }),
  });
  const { time, figures } = fleet;
  figures.overlapMillis = (event.policy ?? WEEKLY).lifetime.overlapSeconds * 1_000;
  const names = Array.from({ length: event.keys }, (_, n) => `key-${n}`);
  const changed = Array.from({ length: CHANGED }, (_, n) => `changed-${n}`);
  const restore = virtualIntervals(time);
  try {
    figures.alarmDays = expiryAlarmDays((event.policy ?? WEEKLY).lifetime) ?? 0;
    await fleet.declare(changed, LASTING, () => undefined);
    await fleet.declare(names, event.policy ?? WEEKLY, (secret) => rulesOf(event, secret));
    fleet.setUp();
    const due = event.windows === "together" ? WINDOW : time.now();
    await time.runUntil(due);
    fleet.begin();
    fleet.outage = { from: due, until: due + event.outageHours * HOUR };
    if (event.applies) arrive(fleet, changed);
    await time.runUntil(due + event.hours * HOUR);
    figures.finish();
    return { fleet, names };
  } finally {
    restore();
  }
}

function rulesOf({ windows }: MassEvent, secret: string): RotationRules | undefined {
  if (windows === "together") return { ScheduleExpression: "cron(0 10 ? * TUE *)", Duration: "1h" };
  const schedule = rotationSchedule(WEEK_SECONDS, secret);
  return { ScheduleExpression: schedule?.expression, Duration: schedule?.duration };
}

/**
 * A team adds a key every ten minutes, another changes ten policies with one apply every half hour.
 */
function arrive(fleet: Fleet, changed: readonly string[]): void {
  let added = 0;
  let applies = 0;
  fleet.time.every(10 * MINUTE, () => {
    added += 1;
    if (added <= 6 * APPLIES_HOURS) void fleet.apply(`added-${added}`, LASTING);
  });
  fleet.time.every(30 * MINUTE, () => {
    applies += 1;
    if (applies > 2 * APPLIES_HOURS) return;
    for (const key of changed) void fleet.apply(key, applies % 2 === 1 ? WIDER : LASTING);
  });
}

/**
 * Leases are renewed by the process's own timers; here a minute of the world is not one of the
 * process.
 */
function virtualIntervals(time: Fleet["time"]): () => void {
  const { setInterval, clearInterval } = globalThis;
  const stops = new Map<unknown, () => void>();
  Object.assign(globalThis, {
    setInterval: (fire: () => void, millis: number) => {
      const timer = { unref: () => timer };
      stops.set(timer, time.every(millis, fire));
      return timer;
    },
    clearInterval: (timer: unknown) => {
      stops.get(timer)?.();
      stops.delete(timer);
    },
  });
  return () => void Object.assign(globalThis, { setInterval, clearInterval });
}
