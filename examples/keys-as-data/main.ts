import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { AdminKey, OpenAiIssuer, OpenRouterIssuer, ScopedKeys } from "cdktf-scoped-keys";

const app = new App();
for (const environment of ["staging", "production"]) {
  const stack = new TerraformStack(app, `ai-keys-${environment}`);
  new AwsProvider(stack, "aws", { region: "us-east-1" });
  const openai = new OpenAiIssuer(stack, "openai", {
    adminKey: AdminKey.fromSecretName(`ai/admin/openai-${environment}`),
    // biome-ignore lint/style/noNonNullAssertion: the issuer refuses undefined and says what to set
    projectId: process.env.OPENAI_PROJECT_ID!,
  });
  const openrouter = new OpenRouterIssuer(stack, "openrouter", {
    adminKey: AdminKey.fromSecretName(`ai/admin/openrouter-${environment}`),
  });
  const file = join(__dirname, "keys.yaml");
  ScopedKeys.fromFile(stack, "keys", { file, issuers: { openai, openrouter }, environment });
}
app.synth();
