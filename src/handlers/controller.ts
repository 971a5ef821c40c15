import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { openForIssuer } from "../engine/incidents";
import { IncidentBus } from "../events/incident-bus";
import { ENVIRONMENT } from "../model/environment";
import { INCIDENTS } from "../model/incidents";
import { ROTATION_QUEUE_TIMEOUT_MILLIS } from "../rate-limit/queue-timeout";
import type { Vendor } from "../vendors/vendor";
import { ADMIN_KEY_REFUSED, presentable } from "./failure";
import { type Clients, connectClients, type LambdaContext, type Run, startRun } from "./runtime";
import { isEmergency, isRotation, type Task, taskOf } from "./tasks";

/** The function that writes. Refuses what it does not know before anything has an effect. */
export function controller(vendor: Vendor): (event: unknown, context: LambdaContext) => Promise<unknown> {
  let clients: Clients | undefined;
  let bus: IncidentBus | undefined;
  return async (event, context) => {
    let run: Run | undefined;
    let task: Task | undefined;
    try {
      clients ??= connectClients();
      const queueMillis = isRotation(event) ? ROTATION_QUEUE_TIMEOUT_MILLIS : Number.POSITIVE_INFINITY;
      const urgent = isEmergency(event);
      run = startRun({ vendor, context, environment: process.env, clients, queueMillis, urgent });
      task = taskOf(event, run);
      const { door, claimedBy } = task;
      run.attribute(claimedBy === undefined ? { door } : { door, claimedBy });
      const result = await task.work();
      if (task.succeeded !== undefined && result === true) run.telemetry.metric(task.succeeded, 1, task.key);
      return run.discreet(result);
    } catch (error) {
      const shown = presentable(error, {
        key: task?.key ?? "",
        adminSecret: run?.environment[ENVIRONMENT.adminSecret],
        vendor,
        ...(run === undefined ? {} : { telemetry: run.telemetry, redact: run.redact }),
      });
      run?.telemetry.error("failed", { task: task?.name, key: task?.key, code: shown.name, reason: shown.message });
      if (task?.failed !== undefined) run?.telemetry.metric(task.failed, 1, task.key);
      if (shown.name === ADMIN_KEY_REFUSED && run !== undefined) {
        await openForIssuer(run.engine, INCIDENTS.adminKeyRefused);
      }
      throw shown;
    } finally {
      if (run !== undefined && run.telemetry.incidents.length > 0) {
        bus ??= new IncidentBus(new EventBridgeClient({}));
        await bus.publish(run.engine.prefix, run.telemetry.incidents, run.telemetry);
      }
    }
  };
}
