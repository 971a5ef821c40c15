// Azure's and OpenAI's own clients, in a process of their own: URL, account and admin secret in,
// what they understood out.
import { CognitiveServicesManagementClient } from "@azure/arm-cognitiveservices";
import { AzureOpenAI } from "openai";

const [url, tenantId, subscriptionId, resourceGroup, accountName, adminKey] = process.argv.slice(2);
const { clientId, clientSecret } = JSON.parse(adminKey);

const granted = await fetch(`${url}/${tenantId}/oauth2/v2.0/token`, {
  method: "POST",
  body: new URLSearchParams({
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
    scope: "https://management.azure.com/.default",
  }),
});
const { access_token: token, expires_in: seconds } = await granted.json();

// A token goes over https alone, so what is for Resource Manager's host is turned to the simulator
// after it is signed.
const MANAGEMENT_URL = "https://management.azure.com";
const reroute = {
  name: "reroute",
  sendRequest(request, next) {
    request.url = request.url.replace(MANAGEMENT_URL, url);
    request.allowInsecureConnection = true;
    return next(request);
  },
};
const accountsOf = (bearer) => {
  const credential = {
    getToken: async () => ({ token: bearer, expiresOnTimestamp: Date.now() + seconds * 1_000 }),
  };
  const client = new CognitiveServicesManagementClient(credential, subscriptionId, { retryOptions: { maxRetries: 0 } });
  client.pipeline.addPolicy(reroute, { phase: "Sign", afterPolicies: ["bearerTokenAuthenticationPolicy"] });
  return client.accounts;
};
const accounts = accountsOf(token);
const failure = (call) =>
  call.then(
    () => "none",
    ({ statusCode, code, status }) => ({ status: statusCode ?? status, ...(statusCode ? { code } : {}) }),
  );
const models = async (apiKey) => {
  const client = new AzureOpenAI({ endpoint: url, apiKey, apiVersion: "2024-10-21", maxRetries: 0 });
  return (await client.models.list()).data.map(({ id }) => id);
};

const before = await accounts.listKeys(resourceGroup, accountName);
const after = await accounts.regenerateKey(resourceGroup, accountName, "Key2");
console.log(
  JSON.stringify({
    keys: Object.keys(before),
    same: [before.key1 === after.key1, before.key2 === after.key2],
    models: [await models(before.key1), await models(after.key2)],
    old: await failure(models(before.key2)),
    missing: await failure(accounts.listKeys(resourceGroup, "other-account")),
    stranger: await failure(accountsOf("nobody").listKeys(resourceGroup, accountName)),
  }),
);
