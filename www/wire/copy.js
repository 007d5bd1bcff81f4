// Writes the same request as a command and as a program: both run unchanged in a terminal.

/** @param {import("./calls.js").Request[]} requests */
export function asCurl(requests) {
  return requests
    .map(({ url, method, headers, body }) => {
      const parts = [`curl -X ${method} ${quoted(url)}`];
      for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
      if (body) parts.push(`--data-binary ${quoted(new TextDecoder().decode(body))}`);
      return parts.join(" \\\n  ");
    })
    .join("\n\n");
}

/** @param {{ account: any, operation: import("./vendors.js").Operation, args: any[] }} call */
export function asJavaScript({ account, operation, args }) {
  const written = args.map((arg) => literal(arg)).join(", ");
  const call = `sms.vendor("main").${operation.call}(${written})`;
  const does =
    operation.call === "sendMany"
      ? `for await (const outcome of ${call}) console.log(outcome);`
      : `console.log(await ${call});`;
  return `import { createSms } from "xinshi";

const sms = createSms({
  vendors: {
    main: ${literal(account, "    ")},
  },
});
${does}
`;
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function literal(value, indent = "") {
  if (value instanceof Date) return `new Date(${JSON.stringify(value.toISOString())})`;
  if (Array.isArray(value)) return `[${value.map((one) => literal(one, indent)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, one]) => `${indent}  ${name}: ${literal(one, `${indent}  `)},\n`);
  return fields.length === 0 ? "{}" : `{\n${fields.join("")}${indent}}`;
}
