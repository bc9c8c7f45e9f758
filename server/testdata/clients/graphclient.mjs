// The official JavaScript client. It sends tokens to hosts that it knows, by https only.
import { Client, FileUpload, LargeFileUploadTask, OneDriveLargeFileUploadTask, PageIterator, ResponseType } from "@microsoft/microsoft-graph-client";
import assert from "node:assert/strict";

const { ORIGIN, GRAPHMOCK_TOKEN } = process.env; // ORIGIN: nothing for the client's own, Graph's
const client = Client.init({
  ...(ORIGIN && { baseUrl: ORIGIN, customHosts: new Set([new URL(ORIGIN).hostname]) }),
  authProvider: (done) => done(null, GRAPHMOCK_TOKEN),
});
const origin = ORIGIN || "https://graph.microsoft.com";

const me = await client.api("/me").get();
assert.equal(me.userPrincipalName, "user@contoso.com");
assert.equal(me["@odata.context"], `${origin}/v1.0/$metadata#users/$entity`);

const created = await client.api("/me/todo/lists").post({ displayName: "Trails" });
await client.api(`/me/todo/lists/${created.id}`).patch({ displayName: "Paths" });
assert.equal((await client.api(`/me/todo/lists/${created.id}`).get()).displayName, "Paths");
await client.api(`/me/todo/lists/${created.id}`).delete();
await assert.rejects(client.api(`/me/todo/lists/${created.id}`).get(), (error) => error.statusCode === 404);

const first = await client.api("/users").select("id,displayName").get();
assert.ok(first["@odata.nextLink"].startsWith(`${origin}/v1.0/users?`), first["@odata.nextLink"]);
const names = [];
await new PageIterator(client, first, (user) => names.push(user.displayName) > 0).iterate();
assert.ok(names.length > 3, names.join());

const batch = await client.api("/$batch").post({ requests: [{ id: "1", method: "GET", url: "/me" }] });
assert.equal(batch.responses[0].body["@odata.context"], me["@odata.context"]);

// A file in parts, which it breaks off and takes up again.
const bytes = new Uint8Array(1_000_003).fill(7);
const task = await OneDriveLargeFileUploadTask.createTaskWithFileObject(
  client, new FileUpload(bytes, "trails.bin", bytes.length), { path: "/", fileName: "trails.bin", rangeSize: 320 * 1024 });
const part = await task.uploadSliceGetRawResponse(
  await task.file.sliceFile(task.getNextRange()), task.getNextRange(), bytes.length);
assert.equal(part.status, 202);
const { responseBody: item } = await task.resume();
assert.equal(item.size, bytes.length, JSON.stringify(item));
const content = await client.api(`/me/drive/items/${item.id}/content`).responseType(ResponseType.ARRAYBUFFER).get();
assert.deepEqual(new Uint8Array(content), bytes);

// An attachment in parts: its id is at the end of the Location.
const draft = await client.api("/me/messages").post({ subject: "Trails" });
const scan = new Uint8Array(3_500_000).fill(8);
const session = await LargeFileUploadTask.createUploadSession(client, `/me/messages/${draft.id}/attachments/createUploadSession`, {
  AttachmentItem: { attachmentType: "file", name: "scan.bin", size: scan.length },
});
const { location } = await new LargeFileUploadTask(
  client, new FileUpload(scan, "scan.bin", scan.length), session, { rangeSize: 4 * 320 * 1024 }).upload();
const [, attachment] = location.match(/Attachments\('(.*)'\)$/);
const attached = await client.api(`/me/messages/${draft.id}/attachments/${attachment}/$value`)
  .responseType(ResponseType.ARRAYBUFFER).get();
assert.deepEqual(new Uint8Array(attached), scan);
