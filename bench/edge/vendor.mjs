// A stand-in for apiv1 that accepts every text at once. The process reports its port.
import { createServer } from "node:net";
import { read } from "./http.mjs";

const body = JSON.stringify({ code: "00", data: { taskId: "" }, message: "成功" });
const reply = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
);

const server = createServer((socket) => {
  read(socket, () => socket.write(reply));
  socket.on("error", () => {});
});
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
process.on("disconnect", () => process.exit());
