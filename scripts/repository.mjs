// The address of the package's sources for its package.json: npm shows it, and people report bugs there.
import { outputOf } from "./run.mjs";

/**
 * `repository`, `homepage` and `bugs` of a package whose sources were cloned from `origin`; empty unless that is a
 * public address. A path, a host without a dot and one of a reserved domain (RFC 2606) are not.
 * @param {string | undefined} origin
 */
export function repositoryFields(origin) {
  const match = /^(?:git\+)?(?:https:\/\/|ssh:\/\/git@|git@)([^/:@\s]+)[/:]([^\s:?#]+?)(?:\.git)?\/?$/.exec(
    origin ?? "",
  );
  if (match === null) return {};
  const [, host, path] = match;
  if (!host.includes(".") || /\.(example|invalid|localhost|test|local)$|^[\d.]+$/.test(host)) return {};
  const home = `https://${host}/${path}`;
  return {
    repository: { type: "git", url: `git+${home}.git`, directory: "pkg-template" },
    homepage: `${home}#readme`,
    bugs: { url: `${home}/issues` },
  };
}

/** The origin of this clone. */
export const origin = () => outputOf("git", ["remote", "get-url", "origin"]);
