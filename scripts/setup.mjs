// npm run setup: installs what this machine lacks for building and testing. Does nothing the second time.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { main, outputOf, root, run, step, together } from "./run.mjs";
import {
  cargoDeny,
  DEBIAN,
  hasLibrarySource,
  nodeReleases,
  pyjwt,
  schemathesis,
  toolsTarget,
  wasmBindgen,
  wasmPack,
  wasmToolchain,
} from "./toolchain.mjs";

/** Installs what building needs. */
export async function setup() {
  if (Number(process.versions.node.split(".")[0]) < 20) throw new Error("xinshi is built with Node.js 20 or later");
  if (!outputOf("cargo", ["--version"]))
    throw new Error("cargo is missing: install stable Rust from https://rustup.rs");
  await linker();
  await nodePackages();
  if (wasmToolchain() === null) await librarySource();
  await cargoTool(wasmBindgen);
}

/** Installs what checking and testing need. */
export async function setupForTests() {
  await setup();
  for (const component of ["clippy", "rustfmt"]) {
    if (outputOf("cargo", [component === "clippy" ? "clippy" : "fmt", "--version"])) continue;
    await step(`rustup component add ${component}`, () =>
      run("rustup", ["component", "add", component], { quiet: true }),
    );
  }
  // One side compiles, the other downloads.
  await together(
    async () => {
      for (const tool of [wasmPack, cargoDeny]) await cargoTool(tool);
      rmSync(toolsTarget, { recursive: true, force: true });
    },
    async () => {
      for (const release of nodeReleases) await nodeRelease(release);
      for (const tool of [schemathesis, pyjwt]) await pythonTool(tool);
    },
  );
  const browsers = ["chromium", "firefox-esr"].filter((browser) => !existsSync(`/usr/bin/${browser}`));
  if (browsers.length > 0) await aptInstall(browsers, `install ${browsers.join(" and ")} in /usr/bin`);
  // Debian starts a service with the package, on a port of its own. The tests start another one and leave it alone.
  if (!existsSync("/usr/sbin/nginx")) await aptInstall(["nginx-light"], "install nginx in /usr/sbin");
  if (!outputOf("redis-server", ["--version"])) await aptInstall(["redis-server"], "install redis-server");
}

/** Rust links with the system's C compiler, which rustup does not install. */
async function linker() {
  if (outputOf("cc", ["--version"])) return;
  await aptInstall(["gcc", "libc6-dev"], "install a C compiler, which Rust links with");
}

async function nodePackages() {
  const stamp = path.join(root, "node_modules", ".xinshi-lock");
  const lock = readFileSync(path.join(root, "package-lock.json"), "utf8");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  // Not `npm ci`, which rejects a lock file that lacks another platform's optional packages.
  await step("npm packages for development", () =>
    run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], { quiet: true }),
  );
  writeFileSync(stamp, lock);
}

/** The source of the standard library, which the build compiles for wasm32 with the crates. */
async function librarySource() {
  await step("rustup component add rust-src", async () => outputOf("rustup", ["component", "add", "rust-src"]));
  if (hasLibrarySource(undefined)) return;
  process.stderr.write("· rustup cannot download here: taking the compiler from Debian's packages instead\n");
  const packages = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];
  await aptInstall(packages, 'run "rustup component add rust-src" where rustup can download');
  if (!outputOf("rustup", ["toolchain", "list"])?.includes(DEBIAN))
    await run("rustup", ["toolchain", "link", DEBIAN, "/usr"]);
  if (wasmToolchain() === null)
    throw new Error("neither rustup nor Debian's packages gave the standard library's source");
}

/** Installs missing Debian packages; on another system, prints `instead`. */
async function aptInstall(packages, instead) {
  if (!existsSync("/usr/bin/apt-get")) throw new Error(`${instead}, or use Debian 12 or later`);
  const missing = packages.filter((name) => !outputOf("dpkg", ["-s", name])?.includes("ok installed"));
  if (missing.length === 0) return;
  const apt = (...args) => {
    const [program, ...rest] = [...sudo, "apt-get", ...args];
    return run(program, rest, { quiet: true, env: { DEBIAN_FRONTEND: "noninteractive" } });
  };
  await step(`apt-get install ${missing.join(" ")}`, async () => {
    await apt("update");
    await apt("install", "-y", "--no-install-recommends", ...missing);
  });
}

const sudo = process.getuid?.() === 0 ? [] : ["sudo"];

async function cargoTool({ crate, program, version, flags, root: home }) {
  if (existsSync(path.join(home, "bin", program))) return;
  // A development tool need not be fast; it should compile soon.
  const env = {
    CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
    CARGO_PROFILE_RELEASE_LTO: "off",
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
    CARGO_TARGET_DIR: toolsTarget,
  };
  await step(`cargo install ${crate} ${version}`, () =>
    run("cargo", ["install", "--quiet", "--root", home, crate, "--version", version, ...flags], { env, quiet: true }),
  );
}

async function nodeRelease({ version, root: home }) {
  if (existsSync(path.join(home, "node_modules", ".bin", "node"))) return;
  mkdirSync(home, { recursive: true });
  const flags = ["--no-audit", "--no-fund", "--loglevel=error", "--prefix", home];
  await step(`Node.js ${version}`, () => run("npm", ["install", ...flags, `node@${version}`], { quiet: true }));
}

async function pythonTool({ name, version, requirements, root: home, last }) {
  if (existsSync(last)) return;
  if (!hasVenv("python3")) await aptInstall(["python3", "python3-venv"], "install Python 3.10 or later with its venv");
  const python = hasVenv("python3") ? "python3" : "/usr/bin/python3";
  const flags = ["--quiet", "--disable-pip-version-check", "--no-input"];
  await step(`${name} ${version}`, async () => {
    await run(python, ["-m", "venv", "--clear", home], { quiet: true });
    await run(path.join(home, "bin", "pip"), ["install", ...flags, "-r", requirements], { quiet: true });
    // A library installs no program that would show that it is complete.
    if (!existsSync(last)) writeFileSync(last, "");
  });
}

/** Whether a Python is new enough and can make environments, for which Debian has a package of its own. */
function hasVenv(python) {
  return outputOf(python, ["-c", "import ensurepip, sys; assert sys.version_info >= (3, 10)"]) !== undefined;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    await setupForTests();
    process.stderr.write("· everything needed is there\n");
  });
}
