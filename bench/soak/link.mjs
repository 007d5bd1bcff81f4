// A TCP proxy that delays and cuts what passes, as a bad network does.
import { once } from "node:events";
import { connect, createServer } from "node:net";

/**
 * Starts a proxy on a free port of 127.0.0.1.
 * @param {{ to: number, random: () => number, cuts: number, delays: number, longestMs?: number }} what `to` is the
 * target's port. `cuts` and `delays` are the shares of packets at which the proxy cuts the connection, or waits up to
 * `longestMs`.
 */
export async function startLink({ to, random, cuts, delays, longestMs = 60 }) {
  const pairs = new Set();
  const drained = [];
  const link = {
    port: 0,
    /** The number of connections that this proxy cut, and of packets that it delayed. */
    cut: 0,
    delayed: 0,
    /** A clean proxy passes everything at once. */
    clean: false,
    cutAll() {
      for (const pair of pairs) pair.cut();
    },
    /** Resolves when no connection is left, and thus no byte under way. */
    async drained() {
      while (pairs.size > 0) await new Promise((resolve) => drained.push(resolve));
    },
    async stop() {
      server.close();
      for (const pair of pairs) pair.cut();
      await link.drained();
    },
  };
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: to, host: "127.0.0.1", allowHalfOpen: true });
    let open = 2;
    const pair = {
      cut() {
        if (!pairs.has(pair)) return;
        link.cut += 1;
        near.destroy();
        far.destroy();
      },
    };
    pairs.add(pair);
    for (const [from, onto] of [
      [near, far],
      [far, near],
    ]) {
      from.setNoDelay(true);
      from.on("error", () => {});
      from.on("close", () => {
        open -= 1;
        if (!onto.destroyed && !onto.writableEnded) pass.then(() => onto.end());
        if (open > 0) return;
        pairs.delete(pair);
        for (const waiter of drained.splice(0)) waiter();
      });
      // A peer that is killed has sent what it sent: the rest of it still arrives, in order.
      let pass = Promise.resolve();
      from.on("data", (bytes) => {
        pass = pass.then(() => forward(pair, onto, bytes));
      });
      from.on("end", () => {
        pass = pass.then(() => onto.end());
      });
    }
  });

  async function forward(pair, onto, bytes) {
    if (!link.clean && random() < cuts) {
      // Half of the packet may still arrive.
      if (random() < 0.5 && !onto.destroyed) onto.write(bytes.subarray(0, bytes.length >> 1));
      return pair.cut();
    }
    if (!link.clean && random() < delays) {
      link.delayed += 1;
      await new Promise((resolve) => setTimeout(resolve, random() * longestMs));
    }
    if (!onto.destroyed && onto.writable) onto.write(bytes);
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  link.port = server.address().port;
  return link;
}
