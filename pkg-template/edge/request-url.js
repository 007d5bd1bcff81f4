// The path and the query of a request's URL. Bun gives the path alone (`/healthz?x`) where a request names no host, as
// HTTP/1.0 and an empty `Host` do; every other server gives the whole URL, normalised.

/** The path, as it was written. @param {string} url */
export function pathOf(url) {
  const whole = withHost(url);
  const from = whole.indexOf("/", whole.indexOf("//") + 2);
  const to = whole.slice(from).search(/[?#]/);
  return from < 0 ? "/" : to < 0 ? whole.slice(from) : whole.slice(from, from + to);
}

/** What follows the `?`. @param {string} url */
export function queryOf(url) {
  const [before = ""] = withHost(url).split("#", 1);
  const from = before.indexOf("?");
  return from < 0 ? "" : before.slice(from + 1);
}

/** @param {string} url */
const withHost = (url) => (url.startsWith("/") ? new URL(`http://localhost${url}`).href : url);
