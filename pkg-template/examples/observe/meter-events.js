// OpenTelemetry's metrics from the events of `on`. An exporter to Prometheus gives them the names of `/admin/metrics`:
// xinshi.texts becomes xinshi_texts_total. These count one process, `/admin/metrics` counts all.

/**
 * Makes the function for a handler's `on`. No attribute has a number: each has few values.
 * @param {import("@opentelemetry/api").Meter} meter
 * @returns {(event: import("xinshi/edge").EdgeEvent) => void}
 */
export function meterEvents(meter) {
  const counter = (/** @type {string} */ name, /** @type {string} */ description, unit = "{event}") =>
    meter.createCounter(`xinshi.${name}`, { description, unit });
  const texts = counter("texts", "Codes to send, by the outcome of their text.", "{text}");
  const rejections = counter("rejections", "Sends that a limit or list rejected, or in shadow mode would have.");
  const verifications = counter("verifications", "Codes that people entered, by the result.");
  const reports = counter("reports", "Vendors' reports on texts.");
  const undelivered = counter("undelivered", "Reports of texts that did not arrive, by the reason.");
  const replies = counter("replies", "People's replies to texts.");
  const problems = counter("problems", "Events that somebody should look at.");
  const circuits = meter.createUpDownCounter("xinshi.circuits.open", {
    description: "Accounts that are skipped since they failed five times in a row.",
    unit: "{account}",
  });

  return (event) => {
    switch (event.type) {
      case "send":
        return texts.add(1, { status: event.status, ...(event.account && { account: event.account }) });
      case "rejected":
        return rejections.add(1, { by: event.by });
      case "verify":
        return verifications.add(1, { status: event.status });
      case "report":
        if (event.reason) undelivered.add(1, { reason: event.reason });
        return reports.add(1, { status: reportStatus(event), account: event.account });
      case "reply":
        return replies.add(1, { account: event.account });
      case "sms":
        if (event.sms.type === "circuit") circuits.add(event.sms.open ? 1 : -1, { account: event.sms.account });
        return;
      default:
        // limit-near, unread, pull-failed, not-passed-on, queue-full, store-failed, warning; and what a later version adds.
        return problems.add(1, { type: event.type, ...("account" in event && { account: event.account }) });
    }
  };
}

/** @param {{ matched: boolean, delivered: boolean }} report */
function reportStatus({ matched, delivered }) {
  if (!matched) return "unmatched";
  return delivered ? "delivered" : "failed";
}
