// Credentials of Azure's SDK, in the official client: they ask Entra before Graph. With --proxy, Entra at its own URL.
import {
  ClientCertificateCredential, DeviceCodeCredential, EnvironmentCredential, ManagedIdentityCredential,
} from "@azure/identity";
import { Client } from "@microsoft/microsoft-graph-client";
import { TokenCredentialAuthenticationProvider } from
  "@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js";
import assert from "node:assert/strict";

const { ORIGIN, AZURE_CLIENT_ID, AZURE_TENANT_ID, CERTIFICATE } = process.env;
const options = { disableInstanceDiscovery: !!ORIGIN };
for (const credential of [
  new EnvironmentCredential(options), // by client secret
  ...(CERTIFICATE ? [new ClientCertificateCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, CERTIFICATE, options)] : []),
  new DeviceCodeCredential({
    ...options, tenantId: AZURE_TENANT_ID, clientId: AZURE_CLIENT_ID,
    userPromptCallback: (info) => assert.ok(info.userCode && info.verificationUri),
  }),
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
