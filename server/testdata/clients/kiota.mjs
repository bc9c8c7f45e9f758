// The adapter that Kiota's TypeScript clients, and so the newer SDK, send all requests by.
import {
  AllowedHostsValidator, BaseBearerTokenAuthenticationProvider, HttpMethod, RequestInformation,
} from "@microsoft/kiota-abstractions";
import { FetchRequestAdapter } from "@microsoft/kiota-http-fetchlibrary";
import { JsonParseNodeFactory, JsonSerializationWriterFactory } from "@microsoft/kiota-serialization-json";
import assert from "node:assert/strict";

const origin = process.env.ORIGIN || "https://graph.microsoft.com";
const hosts = new AllowedHostsValidator(new Set([new URL(origin).hostname]));
const adapter = new FetchRequestAdapter(
  new BaseBearerTokenAuthenticationProvider({
    getAuthorizationToken: async (url) => (hosts.isUrlHostValid(url) ? process.env.GRAPHMOCK_TOKEN : ""),
    getAllowedHostsValidator: () => hosts,
  }),
  new JsonParseNodeFactory(),
  new JsonSerializationWriterFactory(),
);
adapter.baseUrl = `${origin}/v1.0`;

function request(method, template, parameters = {}) {
  return new RequestInformation(method, template, { baseurl: adapter.baseUrl, ...parameters });
}

const text = async (info) => new TextDecoder().decode(await adapter.sendPrimitive(info, "ArrayBuffer", undefined));

const me = JSON.parse(await text(request(HttpMethod.GET, "{+baseurl}/me{?%24select}", { "%24select": "id,mail" })));
assert.equal(me["@odata.context"], `${origin}/v1.0/$metadata#users(id,mail)/$entity`);

const create = request(HttpMethod.POST, "{+baseurl}/me/todo/lists");
create.setStreamContent(new TextEncoder().encode('{"displayName": "Trails"}').buffer, "application/json");
const list = JSON.parse(await text(create)); // compressed on its way
const address = ["{+baseurl}/me/todo/lists/{id}", { id: list.id }];
await adapter.sendNoResponseContent(request(HttpMethod.DELETE, ...address), undefined);
await assert.rejects(
  text(request(HttpMethod.GET, ...address)),
  (error) => error.responseStatusCode === 404,
);
