import { DeleteSecretCommand, RestoreSecretCommand } from "@aws-sdk/client-secrets-manager";
import { Deployment, IN_SCOPE } from "../e2e/support/deployment";
import { TEST_TIMEOUT_MILLIS } from "../e2e/support/world";

// Terraform tries for two minutes to make a secret whose name is not free.
jest.setTimeout(2 * TEST_TIMEOUT_MILLIS);

const COMMANDS =
  /aws secretsmanager restore-secret --secret-id (\S+) --region (\S+?)\\?".*?"terraform import (\S+) (\S+?)\\?"/;

test("a secret that is scheduled for deletion comes back by the two commands that the plan says, with its key", async () => {
  // GIVEN
  const deployment = await Deployment.start({ keys: { summariser: {}, other: {} } });
  try {
    const { world } = deployment;
    await deployment.init();
    await deployment.apply();
    const before = await deployment.currentValue("summariser");
    const SecretId = deployment.secretName("summariser");
    const { ARN: arn } = await world.secrets.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));

    // WHEN
    const planned = await deployment.plan();

    // THEN
    expect(planned.exitCode).toBe(2);
    const [, name, region, address, importedArn] = COMMANDS.exec(planned.text.replaceAll('\\"', '"')) ?? [];
    expect({ name, region, importedArn }).toEqual({ name: SecretId, region: "us-east-1", importedArn: arn });
    expect(planned.raw).toContain(`# ${address} will be created`);

    // WHEN it is applied all the same
    const applied = await deployment.tryApply();

    // THEN it fails in AWS's words, the plan goes on to say how, and the vendor key lives
    expect(applied.exitCode).toBe(1);
    expect(applied.text).toContain("already scheduled for deletion");
    expect((await deployment.plan()).text.replaceAll('\\"', '"')).toMatch(COMMANDS);
    expect((await deployment.liveKeysOf("summariser")).map(({ id }) => id)).toEqual([before.keyId]);

    // WHEN what was said is done
    await world.secrets.send(new RestoreSecretCommand({ SecretId: name }));
    const imported = await deployment.terraform(["import", "-input=false"], { args: [address ?? "", arn ?? ""] }).ended;
    expect([imported.exitCode, imported.text]).toEqual([0, expect.stringContaining("Import successful!")]);
    const last = await deployment.plan();
    await deployment.apply();

    // THEN nothing was made anew but the rotation, and all is as declared
    expect(last.text).toMatch(/Plan: 1 to add, \d+ to change, 0 to destroy/);
    const after = await deployment.plan();
    expect([after.exitCode, after.text]).toEqual([0, expect.any(String)]);
    const value = await deployment.currentValue("summariser");
    expect(value.keyId).toBe(before.keyId);
    expect(await world.callWith(value.apiKey, IN_SCOPE)).toBe(200);

    // WHEN
    await deployment.destroy();

    // THEN
    expect(await world.liveVendorKeys()).toEqual([]);
  } finally {
    await deployment.close();
  }
});
