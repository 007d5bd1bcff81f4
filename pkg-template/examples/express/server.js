// Express: the handler's routes below /sms, beside routes of your own.
import express from "express";
import { createHandler } from "xinshi/edge";
import { toNode } from "xinshi/node";

const handler = createHandler(JSON.parse(process.env.XINSHI));
const app = express();

// Every minute: pulls the vendors' records, and retries undelivered receipts.
setInterval(() => handler.scheduled().catch((error) => console.error(error)), 60_000);

// Before express.json(), which reads bodies that the handler reads itself.
app.use("/sms", toNode(handler));
app.use(express.json());
app.get("/", (_, response) => response.send("the app's own page"));

const port = Number(process.env.PORT ?? 8787);
app.listen(port, process.env.HOST ?? "0.0.0.0", () => console.log(`listening on ${port}`));
