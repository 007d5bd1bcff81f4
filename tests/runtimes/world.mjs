// The servers of the suite, started for one test file.
import { createServer } from "node:http";
import { createSandbox } from "xinshi/sandbox";
import { serve } from "../../pkg/sandbox/server.js";
import { startHostileServer } from "./hostile-server.mjs";

/** Starts the sandbox and the hostile server on free ports of 127.0.0.1. */
export async function startWorld() {
  const sandbox = await serve(createSandbox(), { port: 0, host: "127.0.0.1" });
  const hostile = await startHostileServer();
  const closed = await unusedOrigin();
  return {
    world: { sandbox: `http://127.0.0.1:${sandbox.address().port}`, hostile: hostile.origin, closed },
    close: () => {
      hostile.close();
      sandbox.closeAllConnections();
      sandbox.close();
    },
  };
}

/** An origin where nothing listens: its port was free a moment ago. */
export async function unusedOrigin() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
