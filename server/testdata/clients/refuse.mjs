// Node.js refuses what the authority must not sign: refuse.mjs CA CERTIFICATE KEY NAME
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import tls from "node:tls";

const [ca, cert, key, servername] = process.argv.slice(2);
const server = tls.createServer({ cert: readFileSync(cert), key: readFileSync(key) }).listen(0, "127.0.0.1");
server.on("tlsClientError", () => {});
await once(server, "listening");
const client = tls.connect({ port: server.address().port, host: "127.0.0.1", servername, ca: readFileSync(ca) });
const [error] = await Promise.race([once(client, "error"), once(client, "secureConnect").then(() => [null])]);
client.destroy();
server.close();
assert.equal(error?.message, "permitted subtree violation", `${servername} is accepted, or refused for another reason`);
