// Every push: eight that a document describes, and five that a document only announces. `npm start` shows them, and the
// tests run them on each runtime.
import { vendors } from "xinshi/vendors";

const report = { kind: "report", to: "13600000001", ref: "everypush", status: "UNDELIV" };
const reply = { kind: "reply", from: "13600000001", ref: "everypush", text: "退订/TD 100%" };

const isReport = ({ reports: [one, ...more], replies }) =>
  // tencent's pushed reports have an id and no reference.
  (one?.ref === "everypush" || (one?.ref === "" && one.id !== undefined)) &&
  one.to === "+8613600000001" &&
  one.status === "UNDELIV" &&
  !one.delivered &&
  replies.length + more.length === 0;
const isReply = ({ reports, replies: [one, ...more] }) =>
  one?.from === "+8613600000001" && one.text === reply.text && reports.length + more.length === 0;
/** Whether a push gave no record, and its bytes were returned. */
const isRaw = ({ reports, replies, raw }) => reports.length + replies.length === 0 && raw.length > 20;

const KNOWN = { documented: "as documented", guessed: "undocumented", raw: "kept raw, undocumented" };

/** For each: the vendor, the push, and whether its records were read as far as its document allows. */
export const everyPush = vendors.flatMap(({ name, pushes }) =>
  pushes.map((push) => ({
    vendor: name,
    operation: `pushed ${push.name}`,
    order: push.tells === "report" ? report : reply,
    reads: push.known === "raw" ? isRaw : push.tells === "report" ? isReport : isReply,
    wire: KNOWN[push.known],
  })),
);

/** Orders each push from a sandbox at `origin` and reads it. `echo` is a URL that returns what is posted to it. */
export async function* pushEach({ parsePush, origin, echo }) {
  for (const push of everyPush) {
    const order = { method: "POST", body: JSON.stringify({ ...push.order, url: echo }) };
    const pushed = await (await fetch(`${origin}/push/${push.vendor}`, order)).json();
    const headers = { "content-type": pushed.contentType };
    const request = new Request("http://hooks.example/", { method: "POST", headers, body: pushed.answer });
    const read = await parsePush(push.vendor, request);
    yield { push, pushed, read, right: pushed.status === 200 && pushed.answer === pushed.body && push.reads(read) };
  }
}
