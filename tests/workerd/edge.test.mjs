// `xinshi/edge` in workerd. One process, so that the worker is bundled once; each file runs alone as well: `node tests/workerd/kill.mjs`.
import "./concurrency.mjs";
import "./crash-points.mjs";
import "./kill.mjs";
import "./receipts.mjs";
import "./restart.mjs";
import "./cost.mjs";
import "./closed.mjs";
