// The load: a process that keeps some connections busy and times each request.
import { connect } from "node:net";
import { read } from "./http.mjs";

process.on("message", async ({ port, count, connections, first, among }) => {
  const latencies = new Float64Array(count);
  const statuses = {};
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const ask = await connection(port);
      while (next < count) {
        const index = next++;
        const sent = performance.now();
        const status = await ask(first + (index % among));
        latencies[index] = performance.now() - sent;
        statuses[status] = (statuses[status] ?? 0) + 1;
      }
      ask.end();
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  latencies.sort();
  const at = (share) => latencies[Math.min(count - 1, Math.floor(count * share))];
  process.send({ count, statuses, perSecond: count / seconds, p50: at(0.5), p99: at(0.99) });
});
process.on("disconnect", () => process.exit());

/** Resolves to a function that requests a code for the number, and from the address, with an index. */
async function connection(port) {
  const socket = connect(port, "127.0.0.1");
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  let answered = () => {};
  read(socket, (head) => answered(Number(head.slice(9, 12))));
  socket.on("close", () => answered(0));
  const ask = (index) =>
    new Promise((resolve) => {
      answered = resolve;
      socket.write(request(index));
    });
  return Object.assign(ask, { end: () => socket.destroy() });
}

function request(index) {
  const body = `{"phone":"13${String(index).padStart(9, "0")}"}`;
  const address = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
  return `POST /otp/send HTTP/1.1\r\nhost: otp.example.com\r\ncf-connecting-ip: ${address}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}
