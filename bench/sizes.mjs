// The size of one program that sends one text, as a bundler ships it: with xinshi, with the vendors' own SDKs, with
// twilio's and by hand. esbuild bundles and minifies it for a server, with everything that it imports.
//   node bench/sizes.mjs
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { main, root } from "../scripts/run.mjs";

const send = (account) => `
  import { createSms } from "xinshi";
  const sms = createSms({ vendors: { main: ${account} } });
  console.log(await sms.send({ to: "13812345678", text: "【信使】您的验证码是112233。" }));`;

/** The programs, by name; `npm` are the packages that somebody installs for it. */
const PROGRAMS = [
  { name: "xinshi, seven vendors", npm: ["xinshi"], code: send(`{ vendor: "smsadmin", uid: "a", pwd: "b" }`) },
  {
    name: "by hand, two vendors",
    npm: ["iconv-lite", "js-md5"],
    code: `
      import { apiv1, smsadmin } from "./hand-written.mjs";
      const [one, other] = [apiv1({ account: "a", password: "b", baseUrl: "" }), smsadmin({ uid: "a", pwd: "b" })];
      console.log(one({ to: "13812345678", text: "", ref: "" }), other.one({ to: "13812345678", text: "", ref: "" }));`,
  },
  {
    name: "@alicloud/dysmsapi20170525, Aliyun",
    npm: ["@alicloud/dysmsapi20170525"],
    code: `
      import Client, { SendSmsRequest } from "@alicloud/dysmsapi20170525";
      import { Config } from "@alicloud/openapi-core/dist/utils.js";
      const client = new Client.default(new Config({ accessKeyId: "a", accessKeySecret: "b" }));
      console.log(await client.sendSms(new SendSmsRequest({ phoneNumbers: "13812345678", signName: "信使" })));`,
  },
  {
    name: "tencentcloud-sdk-nodejs-sms, Tencent",
    npm: ["tencentcloud-sdk-nodejs-sms"],
    code: `
      import { sms } from "tencentcloud-sdk-nodejs-sms";
      const client = new sms.v20210111.Client({ credential: { secretId: "a", secretKey: "b" }, region: "ap-beijing" });
      console.log(await client.SendSms({ PhoneNumberSet: ["+8613812345678"], SmsSdkAppId: "1", TemplateId: "1" }));`,
  },
  {
    name: "twilio",
    npm: ["twilio"],
    code: `
      import twilio from "twilio";
      console.log(await twilio("AC", "b").messages.create({ to: "+8613812345678", from: "+1", body: "112233" }));`,
  },
];

/** Bundles each program. Sizes are in bytes; `packages` is how many packages are inside. */
export async function sizesOfPrograms() {
  return Promise.all(
    PROGRAMS.map(async ({ name, npm, code }) => {
      const { outputFiles, metafile } = await build({
        stdin: { contents: code, resolveDir: import.meta.dirname, loader: "js" },
        bundle: true,
        minify: true,
        write: false,
        metafile: true,
        format: "esm",
        platform: "node",
        target: "node20",
        outdir: root,
        absWorkingDir: root,
        loader: { ".wasm": "file", ".txt": "file" },
        logLevel: "error",
        // Optional packages that no default installation has.
        external: ["bufferutil", "utf-8-validate"],
      });
      const parts = outputFiles.map(({ contents }) => contents);
      // The client for Node.js reads its WebAssembly from the disk, so that a bundler leaves it beside the program.
      if (npm.includes("xinshi")) parts.push(readFileSync(path.join(root, "pkg", "wasm", "client_bg.wasm")));
      const sum = (size) => parts.reduce((total, part) => total + size(part), 0);
      const inside = Object.keys(metafile.inputs).map((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]);
      const packages = new Set(inside.filter(Boolean)).size + (npm.includes("xinshi") ? 1 : 0);
      return { name, npm, packages, minified: sum((part) => part.length), gzip: sum(gzip), brotli: sum(brotli) };
    }),
  );
}

const gzip = (bytes) => gzipSync(bytes, { level: 9 }).length;
const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const kilobytes = (bytes) => (bytes / 1024).toFixed(1);
    process.stdout.write(
      "| program | packages | minified, KB | gzip, KB | brotli, KB |\n| --- | --- | --- | --- | --- |\n",
    );
    for (const { name, packages, minified, gzip, brotli } of await sizesOfPrograms()) {
      const cells = [name, packages, ...[minified, gzip, brotli].map(kilobytes)];
      process.stdout.write(`| ${cells.join(" | ")} |\n`);
    }
  });
}
