// The package names the address of its sources, where that is known.
import assert from "node:assert/strict";
import { test } from "node:test";
import { repositoryFields } from "../scripts/repository.mjs";

test("a public origin gives the package its repository, homepage and bugs", () => {
  const fields = {
    repository: { type: "git", url: "git+https://github.com/team/xinshi.git", directory: "pkg-template" },
    homepage: "https://github.com/team/xinshi#readme",
    bugs: { url: "https://github.com/team/xinshi/issues" },
  };
  for (const origin of [
    "https://github.com/team/xinshi",
    "https://github.com/team/xinshi.git",
    "https://github.com/team/xinshi/",
    "git@github.com:team/xinshi.git",
    "ssh://git@github.com/team/xinshi.git",
  ]) {
    assert.deepEqual(repositoryFields(origin), fields, origin);
  }
});

test("an origin that is local, or that holds a password, gives no repository", () => {
  for (const origin of [
    undefined,
    "",
    "/home/me/xinshi",
    "../xinshi",
    "file:///home/me/xinshi",
    "https://localhost/xinshi.git",
    "https://127.0.0.1/team/xinshi.git",
    "https://git.internal.example/team/xinshi.git",
    "https://me:secret@github.com/team/xinshi.git",
  ]) {
    assert.deepEqual(repositoryFields(origin), {}, String(origin));
  }
});
