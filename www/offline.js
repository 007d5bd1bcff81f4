// The page's side of its service worker: registers it once the page is loaded, and answers the requests of scripts that
// it forwards.
import { backendKind, inPage } from "./backend.js";

/** Registers the service worker when the page has nothing else to load. Without one, everything but JSONP works. */
export function keepOffline() {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  serviceWorker.addEventListener("message", async ({ data, ports: [port] }) => {
    port?.postMessage((await backendKind()) === "page" ? await replyOf(data.url) : undefined);
  });
  serviceWorker.startMessages();
  if (document.readyState === "complete") register();
  else addEventListener("load", register, { once: true });
}

/** If one file fails to load, the whole installation fails. The next change of view tries again. */
async function register() {
  try {
    const { installing } = await navigator.serviceWorker.register("service-worker.js");
    if (installing) await installed(installing);
  } catch (error) {
    console.info("the page is not kept for when there is no network:", String(error));
    addEventListener("hashchange", register, { once: true });
  }
}

/** Resolves when a worker has cached all its files. @param {ServiceWorker} worker */
const installed = (worker) =>
  new Promise((resolve, reject) => {
    const update = () => {
      if (worker.state === "installing") return;
      worker.removeEventListener("statechange", update);
      if (worker.state === "redundant") reject(new Error("its service worker could not be installed"));
      else resolve(undefined);
    };
    worker.addEventListener("statechange", update);
    update();
  });

/** Resolves to whether scripts of the sandbox are answered: always with a server, otherwise by the service worker. */
export async function scriptsAreAnswered() {
  if ((await backendKind()) === "server") return true;
  const { serviceWorker } = navigator;
  if (!serviceWorker) return false;
  if (serviceWorker.controller) return true;
  const registration = await serviceWorker.getRegistration();
  const worker = registration?.installing ?? registration?.waiting ?? registration?.active;
  if (!worker) return false;
  // A page that was loaded past its service worker is not controlled by it until the page asks to be.
  registration?.active?.postMessage("claim");
  return new Promise((resolve) => {
    const update = () => {
      if (serviceWorker.controller) resolve(true);
      else if (worker.state === "redundant") resolve(false);
    };
    serviceWorker.addEventListener("controllerchange", update);
    worker.addEventListener("statechange", update);
    update();
  });
}

async function replyOf(url) {
  const { request } = await inPage();
  const response = await request(url);
  return { status: response.status, headers: [...response.headers], body: await response.text() };
}
