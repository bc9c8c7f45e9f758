// What Node.js before 24 needs to use the proxy of its environment: node --import ./proxy.mjs
import { EnvHttpProxyAgent, setGlobalDispatcher } from "undici";

setGlobalDispatcher(new EnvHttpProxyAgent());
