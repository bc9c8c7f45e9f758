// Credentials of Azure's SDK, in the official client: they ask Entra before Graph. With --proxy, Entra at its own URL.
import { EnvironmentCredential, ManagedIdentityCredential } from "@azure/identity";
import { Client } from "@microsoft/microsoft-graph-client";
import { TokenCredentialAuthenticationProvider } from
  "@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js";
import assert from "node:assert/strict";

const { ORIGIN, AZURE_CLIENT_ID } = process.env;
for (const credential of [
  new EnvironmentCredential({ disableInstanceDiscovery: !!ORIGIN }), // by client secret
  new ManagedIdentityCredential(),
]) {
  const client = Client.initWithMiddleware({
    ...(ORIGIN && { baseUrl: ORIGIN, customHosts: new Set([new URL(ORIGIN).hostname]) }),
    authProvider: new TokenCredentialAuthenticationProvider(credential, {
      scopes: ["https://graph.microsoft.com/.default"],
    }),
  });
  const found = await client.api("/applications").filter(`appId eq '${AZURE_CLIENT_ID}'`).get();
  assert.equal(found.value.length, 1, JSON.stringify(found));
}
