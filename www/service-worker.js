// Caches the page for use offline, and forwards a script's request to the sandbox in the page that made it.

/** The global scope, which TypeScript takes for a window. @type {any} */
const worker = self;

/** The files of the page, and a name for exactly these files; the build inserts both. */
const files = FILES;
const cacheName = `xinshi-${VERSION}`;

worker.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(cacheName).then((cache) => cache.addAll(files.map((file) => new Request(file, { cache: "reload" })))),
  );
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys())
        if (name.startsWith("xinshi-") && name !== cacheName) await caches.delete(name);
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
  else if (path === "backend.json") event.respondWith(fetch(request).catch(nowhere));
  else if (path === "" || path === "index.html")
    event.respondWith(fetch(request).catch(() => cachedFile("index.html")));
  else if (files.includes(path)) event.respondWith(cachedFile(path).then((response) => response ?? fetch(request)));
});

const cachedFile = async (file) => (await caches.open(cacheName)).match(new URL(file, worker.registration.scope));

/** Offline there is only the page's own handler. */
const nowhere = () => Response.json({ handler: false });

/** Answers a vendor's script from the page's own sandbox if the page has one, and otherwise from the server. */
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
