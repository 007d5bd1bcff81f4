// Keeps the page for when there is no network, and brings a script's request to the sandbox in the page that asked for it.

/** What TypeScript takes for a window. @type {any} */
const worker = self;

/** What the page is made of, and a name for exactly that: written here by the build. */
const files = FILES;
const kept = `xinshi-${VERSION}`;

worker.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(kept).then((cache) => cache.addAll(files.map((file) => new Request(file, { cache: "reload" })))),
  );
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys())
        if (name.startsWith("xinshi-") && name !== kept) await caches.delete(name);
      await worker.clients.claim();
    })(),
  );
});

worker.addEventListener("message", (event) => {
  if (event.data === "claim") event.waitUntil(worker.clients.claim());
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const scope = worker.registration.scope;
  if (request.method !== "GET" || !request.url.startsWith(scope)) return;
  const path = request.url.slice(scope.length).split(/[?#]/)[0];
  if (path.startsWith("sandbox/") && request.destination === "script")
    event.respondWith(byScript(request, event.clientId));
  else if (path === "place.json") event.respondWith(fetch(request).catch(nowhere));
  else if (path === "" || path === "index.html") event.respondWith(fetch(request).catch(() => keptFile("index.html")));
  else if (files.includes(path)) event.respondWith(keptFile(path).then((response) => response ?? fetch(request)));
});

const keptFile = async (file) => (await caches.open(kept)).match(new URL(file, worker.registration.scope));

/** Without a network there is no handler but the page's own. */
const nowhere = () => Response.json({ handler: false });

/** A script of a vendor is written by the page's own sandbox where the page has one, and else by the server. */
async function byScript(request, clientId) {
  const client = await worker.clients.get(clientId);
  if (!client) return fetch(request);
  const { port1, port2 } = new MessageChannel();
  const answered = new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
  });
  client.postMessage({ url: request.url }, [port2]);
  const answer = await answered;
  return answer ? new Response(answer.body, { status: answer.status, headers: answer.headers }) : fetch(request);
}
