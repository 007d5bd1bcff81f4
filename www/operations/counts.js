// The handler's statistics, by account and over time.

/** The maximum number of buckets in a plot. */
const SHOWN = 96;

/** The outcomes of an account's texts; the last three are known only where reports arrive. */
export const OUTCOMES = /** @type {const} */ (["accepted", "rejected", "unknown"]);

/**
 * The statistics of the last hours, in buckets of equal width.
 * @param {{ bucketSeconds: number, buckets: { at: number, counts: Record<string, number> }[] }} statistics
 * @param {number} hours
 * @param {number} now
 */
export function overTime({ bucketSeconds, buckets }, hours, now) {
  const own = bucketSeconds * 1000;
  const all = (hours * 3_600_000) / own;
  const together = Math.max(1, Math.ceil(all / SHOWN));
  const widthMs = own * together;
  const end = Math.ceil(now / own) * own;
  const count = Math.ceil(all / together);
  const begin = end - count * widthMs;
  const counted = Array.from({ length: count }, () => /** @type {Record<string, number>} */ ({}));
  for (const { at, counts } of buckets) {
    const bucket = counted[Math.floor((at - begin) / widthMs)];
    if (!bucket) continue;
    for (const [name, one] of Object.entries(counts)) bucket[name] = (bucket[name] ?? 0) + one;
  }
  return { begin, widthMs, buckets: counted };
}

/** The sums over all buckets. */
export function totals(buckets) {
  const all = /** @type {Record<string, number>} */ ({});
  for (const bucket of buckets) for (const [name, one] of Object.entries(bucket)) all[name] = (all[name] ?? 0) + one;
  return all;
}

/** The accounts with any count, the busiest first. */
export function accountsOf(counts) {
  const sums = new Map();
  for (const [name, count] of Object.entries(counts)) {
    const account = /^(?:sent\.\w+|reports\.\w+|verified)\.(.+)$/.exec(name)?.[1];
    if (account) sums.set(account, (sums.get(account) ?? 0) + count);
  }
  return [...sums].sort((a, b) => b[1] - a[1]).map(([account]) => account);
}

/**
 * The outcomes of an account, or of all accounts; undefined for a count that does not exist.
 * @param {Record<string, number>} counts
 * @param {string | undefined} account
 */
export function outcomesOf(counts, account) {
  const sum = (beginning) => {
    const names = Object.keys(counts).filter((name) =>
      account ? name === `${beginning}.${account}` : name.startsWith(`${beginning}.`),
    );
    return names.length === 0 ? undefined : names.reduce((all, name) => all + (counts[name] ?? 0), 0);
  };
  return {
    accepted: sum("sent.accepted"),
    rejected: sum("sent.rejected"),
    unknown: sum("sent.unknown"),
    delivered: sum("reports.delivered"),
    failed: sum("reports.failed"),
    // By account where the handler counts so; otherwise the total over all accounts.
    verified: sum("verified") ?? (account ? undefined : counts["verify.verified"]),
  };
}
