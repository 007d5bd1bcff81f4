// The page under test, with the handler behind it.
import { fileURLToPath } from "node:url";
import express from "express";
import { createHandler } from "xinshi/edge";
import { toNode } from "xinshi/node";

const file = (name, base = import.meta.url) => fileURLToPath(new URL(name, base));

const app = express();
app.use(toNode(createHandler(JSON.parse(process.env.XINSHI))));
// A bundler does this in a real project.
app.use("/xinshi", express.static(file(".", import.meta.resolve("xinshi/package.json"))));
app.get("/", (_, response) => response.sendFile(file("login.html")));
app.listen(Number(process.env.PORT ?? 8787), "127.0.0.1");
