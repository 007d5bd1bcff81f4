// A server that misbehaves. Each path below is an account's baseUrl in the suite.
import { createServer } from "node:http";

/** Starts the server on a free port of 127.0.0.1; resolves to its origin and a function that ends it. */
export async function startHostileServer() {
  let landed = 0;
  let cuts = 0;
  const server = createServer((request, response) => {
    const [, behaviour] = request.url.split("/");
    const callback = new URL(request.url, "http://hostile").searchParams.get("callback");
    const call = `${callback}({"status":"0","msg":"ok","result":{"count":"1"}})`;
    const script = (text) => response.setHeader("content-type", "text/javascript").end(text);
    // Pages of another origin may read the answers.
    response.setHeader("access-control-allow-origin", "*");
    const behaviours = {
      // A client that follows the redirect would read a success of binstd's.
      redirect: () => response.writeHead(307, { location: "/landed" }).end(),
      landed: () => {
        landed += 1;
        response.end('{"status":"0","msg":"ok","result":{"count":"1"}}');
      },
      "landed-count": () => response.end(String(landed)),
      echo: () => request.pipe(response),
      endless: () => {
        response.writeHead(200, { "content-type": "application/json" });
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(1 << 16, " ")));
        };
        response.on("drain", more);
        more();
      },
      silent: () => {},
      "jsonp-twice": () => script(`${call};${call}`),
      "jsonp-nothing": () => script("/* nothing */"),
      "jsonp-arguments": () => script(call.replace(")", ",1)")),
      "jsonp-no-json": () => script(`${callback}(function(){})`),
      "jsonp-evil": () => script(`globalThis.evil=1;${call}`),
      "jsonp-late": () => setTimeout(() => script(call), 300),
      "silent-body": () => response.writeHead(200, { "content-length": "100" }).write("{"),
      cut: () => {
        cuts += 1;
        request.socket.destroy();
      },
      "cut-count": () => response.end(String(cuts)),
    };
    if (behaviour !== "echo") request.resume();
    (behaviours[behaviour] ?? (() => response.writeHead(404).end()))();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
