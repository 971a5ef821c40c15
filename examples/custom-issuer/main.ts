import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { AdminKey, CustomAdapter, CustomIssuer, Duration, Lifetime, ScopedKey } from "cdktf-scoped-keys";
import type { Construct } from "constructs";

class AcmeKeys extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new AwsProvider(this, "aws", { region: "us-east-1" });
    const acme = new CustomIssuer(this, "acme", {
      // Made by bundle.ts.
      adapter: CustomAdapter.fromFile(join(__dirname, "dist", "acme.js")),
      adminKey: AdminKey.fromSecretName("ai/admin/acme"),
    });
    new ScopedKey(this, "summariser", {
      issuer: acme,
      owner: "search-team@example.com",
      purpose: "Summaries on the results page",
      scopes: [acme.scope("chat:write"), acme.scope("files:read")],
      lifetime: Lifetime.rotating({ every: Duration.days(7), overlap: Duration.hours(24), expiry: Duration.days(10) }),
    });
  }
}

const app = new App();
new AcmeKeys(app, "acme-keys");
app.synth();
