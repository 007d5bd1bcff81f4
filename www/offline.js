// The page's side of its service worker: registered once the page is there, and answered where it brings a script's request.
import { inside, kindOfPlace } from "./place.js";

/** Registers it when the page has nothing else to load. Where there can be none, all but JSONP works without. */
export function keepOffline() {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  serviceWorker.addEventListener("message", async ({ data, ports: [port] }) => {
    port?.postMessage((await kindOfPlace()) === "page" ? await replyOf(data.url) : undefined);
  });
  serviceWorker.startMessages();
  if (document.readyState === "complete") register();
  else addEventListener("load", register, { once: true });
}

/** One file that does not come fails all of it: it is tried again when a person goes to another view, and till then waits. */
async function register() {
  try {
    const { installing } = await navigator.serviceWorker.register("service-worker.js");
    if (installing) await installed(installing);
  } catch (error) {
    console.info("the page is not kept for when there is no network:", String(error));
    addEventListener("hashchange", register, { once: true });
  }
}

/** Resolves when a worker has everything that it keeps. @param {ServiceWorker} worker */
const installed = (worker) =>
  new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === "installing") return;
      worker.removeEventListener("statechange", look);
      if (worker.state === "redundant") reject(new Error("its service worker could not be installed"));
      else resolve(undefined);
    };
    worker.addEventListener("statechange", look);
    look();
  });

/** Resolves to whether scripts of the sandbox are answered: behind a server always, in a page by its service worker. */
export async function scriptsAreAnswered() {
  if ((await kindOfPlace()) === "server") return true;
  const { serviceWorker } = navigator;
  if (!serviceWorker) return false;
  if (serviceWorker.controller) return true;
  const registration = await serviceWorker.getRegistration();
  const worker = registration?.installing ?? registration?.waiting ?? registration?.active;
  if (!worker) return false;
  // A page that was loaded past its service worker is none of its own until it asks to be.
  registration?.active?.postMessage("claim");
  return new Promise((resolve) => {
    const look = () => {
      if (serviceWorker.controller) resolve(true);
      else if (worker.state === "redundant") resolve(false);
    };
    serviceWorker.addEventListener("controllerchange", look);
    worker.addEventListener("statechange", look);
    look();
  });
}

async function replyOf(url) {
  const { ask } = await inside();
  const response = await ask(url);
  return { status: response.status, headers: [...response.headers], body: await response.text() };
}
