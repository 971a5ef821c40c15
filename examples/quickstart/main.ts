import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { AdminKey, Duration, Lifetime, OpenAiIssuer, OpenAiScope, ScopedKey } from "cdktf-scoped-keys";
import type { Construct } from "constructs";

class AiKeys extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new AwsProvider(this, "aws", { region: "us-east-1" });
    const appRole = new IamRole(this, "app", {
      name: "results-page",
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" }],
      }),
    });

    const openai = new OpenAiIssuer(this, "openai", {
      adminKey: AdminKey.fromSecretName("ai/admin/openai"),
      // biome-ignore lint/style/noNonNullAssertion: the issuer refuses undefined and says what to set
      projectId: process.env.OPENAI_PROJECT_ID!,
    });

    const summariser = new ScopedKey(this, "summariser", {
      issuer: openai,
      owner: "search-team@example.com",
      purpose: "Summaries on the results page",
      scopes: [OpenAiScope.MODEL_REQUEST, OpenAiScope.MODELS_READ],
      lifetime: Lifetime.rotating({ every: Duration.days(7), overlap: Duration.hours(24), expiry: Duration.days(10) }),
    });
    summariser.grants.read(appRole);

    new ScopedKey(this, "archive-reader", {
      issuer: openai,
      owner: "data-team@example.com",
      purpose: "Copies uploaded files to the archive, until the end of the migration",
      scopes: [OpenAiScope.FILES_READ],
      lifetime: Lifetime.expiring({ after: Duration.days(30) }),
    });
  }
}

const app = new App();
new AiKeys(app, "ai-keys");
app.synth();
