// The ports of npm start: from options, otherwise from variables.
import { createServer } from "node:net";
import { parseArgs } from "node:util";

/**
 * The ports to serve on, both free, and whether to end after the table.
 * @param {string[]} args
 * @param {Record<string, string | undefined>} env
 */
export async function freePorts(args, env) {
  const options = /** @type {const} */ ({
    port: { type: "string" },
    "sandbox-port": { type: "string" },
    once: { type: "boolean", default: false },
  });
  const { values } = parseArgs({ args, options });
  const port = chosen("--port", values.port ?? env.PORT ?? "8787");
  const sandboxPort = chosen("--sandbox-port", values["sandbox-port"] ?? env.SANDBOX_PORT ?? "4010");
  if (port === sandboxPort)
    throw new Error(`the handler and the sandbox cannot share port ${port}: see --sandbox-port`);
  await mustBeFree(port, "npm start -- --port 9000, or by the variable PORT");
  await mustBeFree(sandboxPort, "npm start -- --sandbox-port 9001, or by the variable SANDBOX_PORT");
  return { port, sandboxPort, once: values.once };
}

/** @param {string} option @param {string} written */
function chosen(option, written) {
  const port = Number(written);
  if (/^\d{1,5}$/.test(written) && port > 0 && port < 65_536) return port;
  throw new Error(`${option} is a whole number from 1 to 65535, and not ${JSON.stringify(written)}`);
}

/** @param {number} port @param {string} remedy */
async function mustBeFree(port, remedy) {
  const server = createServer();
  await new Promise((resolve, reject) => {
    server.once("error", ({ code }) =>
      reject(
        new Error(
          `port ${port} ${code === "EADDRINUSE" ? "is taken" : `cannot be used (${code})`}: choose another by ${remedy}`,
        ),
      ),
    );
    server.listen(port, "127.0.0.1", () => server.close(resolve));
  });
}
