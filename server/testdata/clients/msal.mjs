// msal-node: a code with PKCE, a refreshed token, and an API that acts on behalf of the user. With --proxy, Entra at its
// own URL.
import { ConfidentialClientApplication, CryptoProvider, PublicClientApplication } from "@azure/msal-node";
import assert from "node:assert/strict";

const { ORIGIN, AZURE_AUTHORITY_HOST, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_TENANT_ID, GRAPHMOCK_TOKEN, GRAPHMOCK_URL } =
  process.env;
const authority = `${AZURE_AUTHORITY_HOST.replace(/\/$/, "")}/${AZURE_TENANT_ID}`;
const auth = {
  authority, clientId: AZURE_CLIENT_ID, clientSecret: AZURE_CLIENT_SECRET,
  ...(ORIGIN && { knownAuthorities: [new URL(ORIGIN).host] }),
};
const redirectUri = "http://localhost:53682/";
const everything = ["https://graph.microsoft.com/.default"];

async function call(path, token, init = {}) {
  const res = await fetch(GRAPHMOCK_URL + path, {
    ...init, headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...init.headers },
  });
  assert.ok(res.ok, `${path}: ${res.status} ${await res.clone().text()}`);
  return res.status === 204 ? undefined : res.json();
}

// An API has an address of its own, which clients ask a token for.
const api = `api://${AZURE_CLIENT_ID}`;
await call(`/applications(appId='${AZURE_CLIENT_ID}')`, GRAPHMOCK_TOKEN, {
  method: "PATCH", body: JSON.stringify({ identifierUris: [api] }),
});

async function signedIn(app, scopes) {
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const url = await app.getAuthCodeUrl({
    scopes, redirectUri, codeChallenge: challenge, codeChallengeMethod: "S256", loginHint: "adele@contoso.com",
  });
  const page = await fetch(url, { redirect: "manual" });
  const back = new URL(page.headers.get("location"));
  assert.equal(back.origin + "/", redirectUri, `${page.status} ${back}`);
  return app.acquireTokenByCode({ code: back.searchParams.get("code"), scopes, redirectUri, codeVerifier: verifier });
}

const browser = new PublicClientApplication({ auth: { ...auth, clientSecret: undefined } });
const first = await signedIn(browser, ["User.Read"]);
assert.equal(first.account.username, "adele@contoso.com");
assert.equal((await call("/me", first.accessToken)).userPrincipalName, "adele@contoso.com");
const again = await browser.acquireTokenSilent({ account: first.account, scopes: ["User.Read"], forceRefresh: true });
assert.notEqual(again.accessToken, first.accessToken);
await call("/me", again.accessToken);

const server = new ConfidentialClientApplication({ auth });
const forAPI = await signedIn(server, [`${api}/access_as_user`]);
const onBehalf = await server.acquireTokenOnBehalfOf({ oboAssertion: forAPI.accessToken, scopes: everything });
assert.equal((await call("/me", onBehalf.accessToken)).userPrincipalName, "adele@contoso.com");
await assert.rejects(server.acquireTokenByRefreshToken({ refreshToken: "none", scopes: ["User.Read"] }), /AADSTS/);
