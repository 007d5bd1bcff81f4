// `xinshi/edge` in workerd. One process bundles the worker once for all files; each file also runs alone: `node
// tests/workerd/restart.mjs`.
import "./concurrency.mjs";
import "./crash-points.mjs";
import "./gateways.mjs";
import "./receipts.mjs";
import "./restart.mjs";
import "./cost.mjs";
import "./closed.mjs";
