// The outer world of a soak: the sandbox as the vendor, and the endpoint of the user that receives the vendor's records.
// Both log what they see.
import { once } from "node:events";
import { createServer } from "node:http";
import { createSms } from "xinshi";
import { createSandbox } from "xinshi/sandbox";
import { serve } from "../../pkg/sandbox/server.js";

/** Serves the vendor. `onText` is called for each text that it accepts. */
export async function startVendor(log, onText) {
  const sandbox = createSandbox();
  const account = sandbox.config("apiv1");
  /** Takes the reports that the sandbox holds for a pull. */
  const forgetReports = () =>
    createSms({ vendors: { main: account }, fetch: sandbox.fetch })
      .vendor("main")
      .reports();
  const vendor = {
    async fetch(request) {
      const form = new URLSearchParams(await request.clone().text());
      // A pull finds nothing: only the reports that this soak pushes come, each once.
      if (!form.has("mobiles")) await forgetReports();
      const reply = await sandbox.fetch(request);
      const accepted = form.has("mobiles") && (await reply.clone().json()).code === "00";
      if (accepted) {
        const code = /\d{6}/.exec(form.get("content"))?.[0];
        onText(log.add({ type: "text", phone: form.get("mobiles"), code, ref: form.get("taskId") }));
      }
      return reply;
    },
  };
  const server = await serve(vendor, { port: 0, host: "127.0.0.1" });
  return { port: server.address().port, account, stop: () => stop(server) };
}

/** Serves the endpoint that receives records, each named by the vendor's id of its text. */
export async function startUser(log) {
  const server = createServer(async (request, response) => {
    let body = "";
    try {
      for await (const part of request) body += part;
      const { id, data } = JSON.parse(body);
      if (data.report) log.add({ type: "forwarded", record: data.report.ref, message: id });
      response.end();
    } catch {
      // The sender was killed, or the network cut the connection, in the middle of the message.
      response.destroy();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: server.address().port, stop: () => stop(server) };
}

function stop(server) {
  server.closeAllConnections();
  server.close();
}
