// The part of HTTP/1.1 that the load and the vendor's stand-in need, so that they leave the machine to the measured
// worker.

const HEAD_ENDS = "\r\n\r\n";

/** Calls back with the head and the body of each message that arrives. A body has a Content-Length or chunks. */
export function read(socket, onMessage) {
  let rest = "";
  socket.setNoDelay(true);
  socket.setEncoding("latin1");
  socket.on("data", (part) => {
    rest += part;
    for (;;) {
      const headEnds = rest.indexOf(HEAD_ENDS);
      if (headEnds < 0) return;
      const head = rest.slice(0, headEnds);
      const from = headEnds + HEAD_ENDS.length;
      const length = /\r\ncontent-length: *(\d+)/i.exec(head);
      const lastChunk = length ? -1 : rest.indexOf(`0${HEAD_ENDS}`, from);
      const isChunked = !length && /\r\ntransfer-encoding: *chunked/i.test(head);
      if (isChunked && lastChunk < 0) return;
      const to = isChunked ? lastChunk + 1 + HEAD_ENDS.length : from + Number(length?.[1] ?? 0);
      if (rest.length < to) return;
      const body = rest.slice(from, to);
      rest = rest.slice(to);
      onMessage(head, body);
    }
  });
}
