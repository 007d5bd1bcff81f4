// Compares the characters that may leave in GBK with other tables: a vendor's server with any of these tables reads the
// same characters.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import iconv from "iconv-lite";
import { createSms } from "xinshi";

const account = { vendor: "smsadmin", uid: "u", pwd: "p", pwdMode: "plain" };
const sms = createSms({ vendors: { main: account } });
/** The bytes of a text as they leave, and the positions of characters that cannot. */
function encode(text) {
  const plan = sms.plan({ to: "13812345678", text, ref: "r" });
  const at = plan.warnings.filter(({ code }) => code === "unencodable").map(({ at }) => at);
  if (plan.rejected) return { at };
  const body = new TextDecoder().decode(plan.requests[0].body);
  return { at, bytes: Buffer.from(unescaped(/&msg=([^&]*)/.exec(body)[1]), "latin1") };
}
const unescaped = (text) => text.replace(/%(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));

/** The characters of the basic plane that may leave, and their bytes, as `[code point, hex]`. */
const allowed = [];
for (let from = 0x80; from < 0x10000; from += 0x80) {
  if (from >= 0xd800 && from < 0xe000) continue;
  // A letter before and behind, so that nothing is trimmed.
  const points = Array.from({ length: 0x80 }, (_, index) => from + index);
  const lacking = new Set();
  for (let start = 0; start < points.length; start += 64) {
    const { at } = encode(`a${String.fromCharCode(...points.slice(start, start + 64))}z`);
    for (const place of at) lacking.add(points[start + place - 1]);
  }
  const mapped = points.filter((point) => !lacking.has(point));
  if (mapped.length === 0) continue;
  const { bytes } = encode(`a${String.fromCharCode(...mapped)}z`);
  assert.equal(bytes.length, 2 * mapped.length + 2);
  for (const [index, point] of mapped.entries()) {
    allowed.push([point, bytes.subarray(2 * index + 1, 2 * index + 3).toString("hex")]);
  }
}
const text = String.fromCharCode(...allowed.map(([point]) => point));
const expected = allowed.map(([, hex]) => hex).join("");

/** A program's output for the text in UTF-8; undefined if the machine lacks the program. */
function madeBy(program, args) {
  try {
    return execFileSync(program, args, { input: text, maxBuffer: 1 << 24, stdio: ["pipe", "pipe", "ignore"] });
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

test("the subset holds most of GBK, and every common character", () => {
  assert.equal(allowed.length, 21_890 - 99);
  for (const character of "信使您的验证码，。！？【】《》“”—…·￥～ＡＺ０９αωАяㄅㄩ①㈠Ⅷ々〇囍堃喆镕") {
    assert.ok(text.includes(character), character);
  }
});

test("a character that only the web's GBK has is unencodable, and the result gives its position", () => {
  assert.deepEqual(encode("【信使】龚䶮您好").at, [5]);
  for (const character of "䶮㑇龴⺁䴙︐︙︗ḿǹ〾⿰⿻€\ue863")
    assert.deepEqual(encode(`a${character}b`).at, [1], character);
});

test("iconv-lite writes the same bytes, and reads the same characters", () => {
  assert.equal(iconv.encode(text, "gbk").toString("hex"), expected);
  assert.equal(iconv.decode(Buffer.from(expected, "hex"), "gbk"), text);
});

test("Python's gbk writes and reads the same bytes", () => {
  const script = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read().decode().encode('gbk'))";
  assert.equal(madeBy("python3", ["-c", script])?.toString("hex"), expected);
});

for (const encoding of ["GBK", "CP936"]) {
  test(`so does iconv's ${encoding}`, () => {
    assert.equal(madeBy("iconv", ["-f", "UTF-8", "-t", encoding])?.toString("hex"), expected);
  });
}

test("Java's code page 936 writes and reads the same bytes", (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), "xinshi-gbk-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const file = path.join(directory, "Encode.java");
  writeFileSync(
    file,
    `public class Encode { public static void main(String[] args) throws Exception {
      System.out.write(new String(System.in.readAllBytes(), "UTF-8").getBytes("x-mswin-936")); System.out.flush(); } }`,
  );
  const made = madeBy("java", [file]);
  if (made === undefined) return t.skip("there is no Java here");
  assert.equal(made.toString("hex"), expected);
});
