import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack, Testing } from "cdktf";
import * as handWritten from "../../bench/fixtures/hand-written";
import { fixtureKeys } from "../../bench/fixtures/keys";
import * as withConstructs from "../../bench/fixtures/with-constructs";
import { AdminKey, OpenAiIssuer } from "../../constructs";

/** Without CDKTF's own notes. */
function render({ declareKeys }: typeof withConstructs): unknown {
  const stack = new TerraformStack(new App(), "ai-keys");
  new AwsProvider(stack, "aws", { region: "us-east-1" });
  const issuer = new OpenAiIssuer(stack, "openai", {
    adminKey: AdminKey.fromSecretName("ai/admin/openai"),
    projectId: "proj_bench",
  });
  declareKeys(stack, issuer, fixtureKeys(30));
  return JSON.parse(Testing.synth(stack, true), (key, value: unknown) => (key === "//" ? undefined : value));
}

test("the hand-written code that synthesis is compared with renders what the constructs render", () => {
  expect(render(handWritten)).toEqual(render(withConstructs));
});
