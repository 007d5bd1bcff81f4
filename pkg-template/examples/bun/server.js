// Bun: the server knows the caller's address.
import { createHandler } from "xinshi/edge";

const { fetch } = createHandler(JSON.parse(process.env.XINSHI));

const { port } = Bun.serve({ fetch, hostname: process.env.HOST ?? "0.0.0.0", port: Number(process.env.PORT ?? 8787) });
console.log(`listening on ${port}`);
